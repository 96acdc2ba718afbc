"""Modules that keep files: sqlite3, dbm, shelve, zipfile, tarfile, csv, configparser, logging."""
# needs: python3:sqlite3 python3:zipfile
import configparser
import csv
import dbm.dumb
import json
import logging.handlers
import os
import pickle
import shelve
import sqlite3
import tarfile
import zipfile

db = sqlite3.connect("db")
db.execute("CREATE TABLE t (a INTEGER PRIMARY KEY, b BLOB)")
with db:
    db.executemany("INSERT INTO t VALUES (?, ?)", ((i, bytes([i % 256]) * 500) for i in range(3000)))
try:
    with db:
        db.execute("DELETE FROM t WHERE a > 10")
        raise RuntimeError("rolled back")
except RuntimeError as error:
    print(error)
print(db.execute("SELECT count(*), sum(length(b)) FROM t").fetchone(), db.execute("PRAGMA integrity_check").fetchone())
second = sqlite3.connect("db")
print(second.execute("SELECT max(a) FROM t").fetchone())
db.execute("ATTACH 'other' AS o")
db.execute("CREATE TABLE o.copy AS SELECT * FROM t")
db.commit()
db.backup(third := sqlite3.connect("backup"))
print(third.execute("SELECT count(*) FROM t").fetchone(), os.path.getsize("backup") == os.path.getsize("db"))
for connection in (db, second, third):
    connection.close()

with zipfile.ZipFile("z.zip", "w", zipfile.ZIP_DEFLATED) as z:
    z.write("db")
    z.writestr("note", "hello")
with zipfile.ZipFile("z.zip", "a") as z:
    z.writestr("appended", "x" * 1000)
with zipfile.ZipFile("z.zip") as z:
    print(z.namelist(), z.testzip(), z.read("note"))
    z.extract("db", "extracted")
print(os.path.getsize("extracted/db") == os.path.getsize("db"))
with tarfile.open("t.tar.xz", "w:xz") as t:
    t.add("extracted")
with tarfile.open("t.tar.xz") as t:
    print(t.getnames())
with dbm.dumb.open("dumb", "c") as d:
    d[b"key"] = b"value" * 100
with dbm.dumb.open("dumb", "w") as d:
    print(len(d[b"key"]), d.keys())
with shelve.open("shelf") as s:
    s["list"] = [1, 2, 3]
with shelve.open("shelf") as s:
    print(s["list"])
with open("rows.csv", "w", newline="") as f:
    csv.writer(f).writerows([[1, "a b"], [2, 'q"']])
print(list(csv.reader(open("rows.csv"))))
pickle.dump({"a": [1] * 100}, open("p", "wb"))
print(len(pickle.load(open("p", "rb"))["a"]))
config = configparser.ConfigParser()
config.read_dict({"s": {"k": "v"}})
config.write(open("ini", "w"))
print(open("ini").read(), config.read(["ini", "missing"]))
json.dump([1], open("j", "w"))
log = logging.Logger("l")
log.addHandler(logging.handlers.RotatingFileHandler("log", maxBytes=200, backupCount=2))
for i in range(30):
    log.warning("message %d", i)
print(sorted(name for name in os.listdir() if name.startswith("log")), open("log").read())
