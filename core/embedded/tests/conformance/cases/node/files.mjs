// Node's three file interfaces, streams, watches of nothing, and child processes.
import fs from 'node:fs';
import path from 'node:path';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import zlib from 'node:zlib';
import { Worker } from 'node:worker_threads';

const attempt = async (call) => { try { return await call(); } catch (error) { return error.code; } };
const digest = (file) => createHash('md5').update(fs.readFileSync(file)).digest('hex');

fs.mkdirSync('a/b/c', { recursive: true });
fs.writeFileSync('a/f', 'hello');
fs.appendFileSync('a/f', ' world');
console.log(fs.readFileSync('a/f', 'utf8'), fs.statSync('a/f').size, fs.existsSync('a/none'));
const fd = fs.openSync('a/f', 'r+');
console.log(fs.writeSync(fd, 'J', 0), fs.readSync(fd, Buffer.alloc(3), 0, 3, 2), fs.fstatSync(fd).isFile());
fs.ftruncateSync(fd, 5);
fs.futimesSync(fd, 1, 2);
fs.closeSync(fd);
console.log(fs.readFileSync('a/f', 'utf8'), fs.statSync('a/f').mtimeMs);
fs.copyFileSync('a/f', 'copy');
fs.cpSync('a', 'tree', { recursive: true });
fs.symlinkSync('f', 'a/link');
fs.linkSync('a/f', 'a/hard');
console.log(fs.readdirSync('a').sort(), fs.readdirSync('tree', { withFileTypes: true }).map((e) => [e.name, e.isDirectory()]).sort());
console.log(fs.readlinkSync('a/link'), fs.realpathSync('a/link') === path.resolve('a/f'), fs.statSync('a/f').nlink);
for (const call of [() => fs.readFileSync('none'), () => fs.mkdirSync('a'), () => fs.rmdirSync('a'), () => fs.readdirSync('copy'),
    () => fs.openSync('copy', 'wx'), () => fs.readFileSync('a'), () => fs.renameSync('none', 'x'), () => fs.unlinkSync('a/f/x')])
    console.log(await attempt(call));

await Promise.all(Array.from({ length: 30 }, async (_, i) => {
    await fs.promises.writeFile(`p${i}`, 'x'.repeat(i * 1000));
    await fs.promises.rename(`p${i}`, `q${i}`);
    const handle = await fs.promises.open(`q${i}`, 'a+');
    await handle.appendFile('end');
    await handle.close();
}));
console.log((await Promise.all(Array.from({ length: 30 }, (_, i) => fs.promises.stat(`q${i}`)))).reduce((sum, s) => sum + s.size, 0));
fs.writeFileSync('big', Buffer.alloc(1_500_000, 'pattern '));
await pipeline(fs.createReadStream('big'), zlib.createGzip(), fs.createWriteStream('big.gz'));
await pipeline(fs.createReadStream('big.gz'), zlib.createGunzip(), fs.createWriteStream('again'));
console.log(digest('big') === digest('again'), digest('again'));
let part = '';
for await (const chunk of fs.createReadStream('big', { start: 524284, end: 524291 })) part += chunk;
console.log(part);
for await (const entry of await fs.promises.opendir('tree')) console.log(entry.name.length > 0);

console.log(execFileSync('cat', ['a/f']).toString(), spawnSync('sh', ['-c', 'pwd; exit 4'], { cwd: 'a/b' }).status);
const out = fs.openSync('child-out', 'w');
const child = spawn('sh', ['-c', 'echo written; echo error >&2'], { stdio: ['ignore', out, out] });
console.log(await new Promise((resolve) => child.on('close', resolve)), fs.readFileSync('child-out', 'utf8'));
console.log(await new Promise((resolve) => spawn('no-such-program').on('error', (error) => resolve(error.code))));
process.chdir('a/b');
console.log(process.cwd() === path.join(process.env.D, 'a/b'), fs.readdirSync('..').sort());
process.chdir(process.env.D);
const worker = new Worker(`const fs = require('fs'); fs.writeFileSync('worker', 'w'); require('worker_threads').parentPort.postMessage(fs.readFileSync('worker', 'utf8'))`, { eval: true });
console.log(await new Promise((resolve) => worker.once('message', resolve)));
fs.writeFileSync('module.mjs', 'export default 42;');
fs.writeFileSync('data.json', '{"key": [1, 2]}');
console.log((await import(path.resolve('module.mjs'))).default, JSON.parse(fs.readFileSync('data.json')).key);
fs.rmSync('tree', { recursive: true });
fs.rmSync('none', { force: true });
console.log(fs.existsSync('tree'));
process.exitCode = 5;
