#!/bin/bash
# A database with journals, transactions and a vacuum.
# needs: sqlite3
for mode in delete truncate persist memory; do
	sqlite3 $mode.db "PRAGMA journal_mode = $mode; CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT);
		BEGIN; WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000) INSERT INTO t SELECT i, hex(i * 7919) FROM n; COMMIT;"
	sqlite3 $mode.db 'SELECT count(*), sum(length(b)) FROM t; DELETE FROM t WHERE a % 2; VACUUM; PRAGMA integrity_check;'
	sqlite3 $mode.db 'BEGIN; DELETE FROM t; ROLLBACK; SELECT count(*) FROM t;'
	stat -c %s $mode.db
done
ls -A
sqlite3 delete.db .dump | md5sum
sqlite3 delete.db ".backup copy.db"
sqlite3 copy.db 'SELECT max(a) FROM t; CREATE INDEX i ON t (b); PRAGMA integrity_check;'
sqlite3 missing/x.db 'SELECT 1;' 2>/dev/null; echo $?
echo 'no database, but long enough to be looked at as one, it seems' >bad.db
sqlite3 bad.db 'SELECT * FROM t;' 2>/dev/null; echo $?
