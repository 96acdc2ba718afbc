#!/bin/bash
# A repository's life: commits, branches, a merge, a rebase, clone, gc, fsck.
# needs: git
# deadline: 60
export GIT_CONFIG_NOSYSTEM=1 GIT_AUTHOR_DATE='2020-01-01T00:00:00Z' GIT_COMMITTER_DATE='2020-01-01T00:00:00Z'
export GIT_AUTHOR_NAME=A GIT_AUTHOR_EMAIL=a@example.org GIT_COMMITTER_NAME=A GIT_COMMITTER_EMAIL=a@example.org
umask 022
git init -q -b main repo && cd repo
git config core.fsmonitor false
seq 1 1000 >numbers
mkdir sub
echo text >sub/file
ln -s sub/file link
touch run
chmod +x run
git add .
git commit -q -m first
git status --short --branch
git log --format='%H %s'
sed -i 's/^500$/changed/' numbers
git mv sub/file sub/moved
rm link
git status --short
git diff --stat
git commit -qam second
git checkout -q -b side HEAD~1
ls -A
cat numbers | md5sum
echo side >side
git add side
git commit -qm side
git checkout -q main
git merge -q -m merge side; echo $?
git log --graph --format='%H %s'
git checkout -q -b topic HEAD~1
echo t >t
git add t
git commit -qm topic
git rebase -q main; echo $?
git log --format=%H -n 1
git stash list
echo dirty >>numbers
git stash -q
git status --short
git stash pop -q
git diff --numstat
git reset -q --hard
git tag -a v1 -m one
git gc -q; echo $?
git fsck --strict 2>&1; echo $?
git count-objects -v | grep -E 'count|in-pack|packs'
find .git/objects -type f | sed 's/.*\.//' | sort | uniq -c
git clone -q . ../clone
git -C ../clone log --oneline | wc -l
git clone -q --no-hardlinks . "$OUT/clone"
git -C "$OUT/clone" status --short --branch
git pull -q "$OUT/clone" topic; echo $?
git worktree add -q ../tree side
ls ../tree
git archive HEAD | tar tf - | sort
git clean -fdxq
git checkout missing; echo $?
git grep -n changed
git blame -s numbers | sed -n 500p
git rm -q -r sub
ls
git -C .. rev-parse 2>/dev/null; echo $?
