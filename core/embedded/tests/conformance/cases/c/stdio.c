/* FILE streams: modes, buffering, seeking, ungetc, reopening, temporary streams. */
#include "transcript.h"

int main(void)
{
	char line[100];
	FILE *f = fopen("f", "w");
	for (int i = 0; i < 20000; i++)
		fprintf(f, "line %d\n", i);
	say("tell %ld\n", ftell(f));
	say("close %d\n", fclose(f));
	f = fopen("f", "r+");
	setvbuf(f, NULL, _IOFBF, 1 << 20);
	for (int i = 0; i < 3; i++)
		say("%s", fgets(line, sizeof line, f));
	fseek(f, 0, SEEK_CUR);
	fputs("OVER", f);
	fflush(f);
	fseek(f, -11, SEEK_END);
	say("%s", fgets(line, sizeof line, f));
	say("eof %d, %d\n", fgetc(f), feof(f) != 0);
	rewind(f);
	ungetc('?', f);
	say("%s", fgets(line, sizeof line, f));
	fpos_t place;
	fgetpos(f, &place);
	fgets(line, sizeof line, f);
	fsetpos(f, &place);
	say("%s", fgets(line, sizeof line, f));
	fclose(f);
	f = fopen("f", "a+");
	fputs("appended\n", f);
	fseek(f, 0, SEEK_SET);
	say("%s", fgets(line, sizeof line, f));
	fputs("again\n", f);
	say("tell %ld\n", ftell(f));
	fclose(f);
	say("wx %s\n", fopen("f", "wx") ? "opened" : strerrorname_np(errno));
	say("r missing %s\n", fopen("missing", "r") ? "opened" : strerrorname_np(errno));
	f = fopen("one", "w");
	f = freopen("two", "w", f);
	fputs("reopened", f);
	fclose(f);
	show("one");
	show("two");
	FILE *saved = fdopen(dup(1), "w");
	say("stdout %s\n", freopen("captured", "w", stdout) ? "moved" : "stayed");
	printf("to the file\n");
	system("echo from the shell");
	fflush(stdout);
	dup2(fileno(saved), 1);
	show("captured");
	f = popen("cat captured", "r");
	while (fgets(line, sizeof line, f))
		say("read %s", line);
	say("pclose %d\n", pclose(f));
	f = fopen("b", "w+b");
	static int numbers[300000];
	for (int i = 0; i < 300000; i++)
		numbers[i] = i;
	say("fwrite %zu\n", fwrite(numbers, sizeof *numbers, 300000, f));
	fseeko(f, 131071 * 4, SEEK_SET);
	int pair[2];
	size_t items = fread(pair, sizeof *pair, 2, f);
	say("fread %zu %d %d\n", items, pair[0], pair[1]);
	fclose(f);
	char *text = NULL;
	size_t room = 0;
	f = fopen("two", "r");
	ssize_t length = getline(&text, &room, f);
	say("getline %zd %s\n", length, text);
	fclose(f);
	TRY(remove("two"));
	TRY(remove("two"));
	say("sum %lx %lx\n", checksum("f"), checksum("b"));
	char name[] = "temp-XXXXXX";
	int fd = mkstemp(name);
	say("mkstemp %d\n", fd >= 0 && write(fd, "x", 1) == 1 && unlink(name) == 0 && lseek(fd, 0, SEEK_END) == 1);
	return 0;
}
