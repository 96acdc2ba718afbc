#!/bin/bash
# Here-documents and here-strings: bash and dash keep them in pipes or temporary files, here on the mount.
export TMPDIR=$PWD
name=world
cat <<END >plain
hello $name
	tab
END
cat <<'END' >quoted
hello $name `date`
END
cat plain quoted
tr a-z A-Z <<<"here string" >upper
cat upper
# Longer than a pipe holds.
long=$(seq 1 30000)
cat <<END | md5sum
$long
END
dash -c 'cat <<X
from dash
X'
ls
