#!/bin/sh
# An editor with swap files, backups and renames.
# needs: vim
seq 1 20 >f
vim -N -u NONE -i NONE -es -c '%s/1/X/g' -c 'wq' f; echo $?
cat f
vim -N -u NONE -i NONE -es -c 'set backup backupskip= writebackup backupcopy=no backupdir=.' -c '$d' -c wq f; echo $?
ls -A
wc -l f f~
vim -N -u NONE -i NONE -es -c 'set undofile undodir=.' -c 'normal Gonew' -c wq g; echo $?
cat g
ls -A | wc -l
