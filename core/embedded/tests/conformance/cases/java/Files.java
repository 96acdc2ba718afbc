// Java's file interfaces, memory maps, locks, threads and child processes.
// needs: javac
// deadline: 90
import java.io.*;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.*;
import java.nio.file.attribute.*;
import java.util.*;
import java.util.concurrent.*;
import java.util.stream.*;

class Main {
    static final Path root = Path.of(System.getenv("D"));

    interface Call { Object run() throws Exception; }

    static void attempt(Call call) {
        try {
            System.out.println(call.run());
        } catch (Exception error) {
            System.out.println(error.getClass().getSimpleName());
        }
    }

    public static void main(String[] arguments) throws Exception {
        Path a = Files.createDirectories(root.resolve("a/b/c")).getParent().getParent();
        Path f = Files.writeString(a.resolve("f"), "hello world\n");
        Files.writeString(f, "again\n", StandardOpenOption.APPEND);
        System.out.println(Files.readAllLines(f) + " " + Files.size(f) + " " + Files.isDirectory(a));
        attempt(() -> Files.createDirectory(a));
        attempt(() -> Files.readString(root.resolve("none")));
        attempt(() -> Files.newByteChannel(f, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE));
        attempt(() -> { Files.delete(a); return "deleted"; });
        attempt(() -> Files.list(f).count());
        Files.copy(f, root.resolve("copy"));
        attempt(() -> Files.copy(f, root.resolve("copy")));
        Files.move(root.resolve("copy"), root.resolve("moved"), StandardCopyOption.ATOMIC_MOVE);
        Files.createSymbolicLink(a.resolve("link"), Path.of("f"));
        Files.createLink(a.resolve("hard"), f);
        System.out.println(Files.readSymbolicLink(a.resolve("link")) + " " + Files.isSameFile(f, a.resolve("hard")) + " " + Files.getAttribute(f, "unix:nlink"));
        Files.setPosixFilePermissions(f, PosixFilePermissions.fromString("rw-r-----"));
        Files.setLastModifiedTime(f, FileTime.fromMillis(1_000_000_000_000L));
        System.out.println(PosixFilePermissions.toString(Files.getPosixFilePermissions(f)) + " " + Files.getLastModifiedTime(f));
        try (Stream<Path> walk = Files.walk(root)) {
            System.out.println(walk.map(path -> root.relativize(path).toString()).sorted().toList());
        }
        System.out.println(Arrays.stream(a.toFile().list()).sorted().toList() + " " + new File(a.toFile(), "none").exists());
        System.out.println(a.resolve("b/../link").toRealPath().equals(f.toRealPath()));

        try (RandomAccessFile file = new RandomAccessFile(root.resolve("random").toFile(), "rw")) {
            file.setLength(2_000_000);
            file.seek(524_286);
            file.writeBytes("boundary");
            file.seek(524_286);
            byte[] word = new byte[8];
            file.readFully(word);
            System.out.println(new String(word) + " " + file.length());
            FileChannel channel = file.getChannel();
            System.out.println(channel.tryLock() != null);
            var map = channel.map(FileChannel.MapMode.READ_WRITE, 0, 1_000_000);
            System.out.println((char) map.get(524_286));
            map.put(0, (byte) 'M');
            map.force();
            ByteBuffer one = ByteBuffer.allocate(1);
            channel.read(one, 0);
            System.out.println((char) one.get(0));
            try (FileChannel out = FileChannel.open(root.resolve("transferred"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
                System.out.println(channel.transferTo(0, 2_000_000, out));
            }
        }
        System.out.println(Files.mismatch(root.resolve("random"), root.resolve("transferred")));

        ExecutorService pool = Executors.newFixedThreadPool(8);
        List<Future<Long>> results = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            Path path = root.resolve("t" + i);
            int size = i * 1000;
            results.add(pool.submit(() -> {
                Files.write(path, new byte[size]);
                long read = Files.readAllBytes(path).length;
                Files.delete(path);
                return read;
            }));
        }
        long total = 0;
        for (Future<Long> result : results)
            total += result.get();
        pool.shutdown();
        System.out.println(total);

        ProcessBuilder builder = new ProcessBuilder("sh", "-c", "pwd; cat; exit 4").directory(a.toFile());
        builder.redirectInput(f.toFile()).redirectOutput(root.resolve("out").toFile());
        System.out.println(builder.start().waitFor() + " " + Files.readString(root.resolve("out")));
        attempt(() -> new ProcessBuilder("no-such-program").start());
        System.out.println(new String(new ProcessBuilder("cat", "moved").directory(root.toFile()).start().getInputStream().readAllBytes()));
        Path temporary = Files.createTempFile(root, "x", "y");
        System.out.println(Files.deleteIfExists(temporary) + " " + Files.deleteIfExists(temporary));
        System.exit(6);
    }
}
