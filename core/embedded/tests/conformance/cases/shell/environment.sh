#!/bin/bash
# Programs that start others with an empty or changed environment still see the directory.
echo content >f
env -i /bin/cat f
env -i "$(command -v bash)" -c 'echo "$(<f)"; /bin/cat f; cd /; /bin/cat "$OLDPWD/f"'
env -u LD_PRELOAD cat f
(unset LD_PRELOAD; cat f; ls)
env - A=1 sh -c 'cat f >g; cat g; exec env -i /bin/cat g'
perl -e '%ENV = (); exec "/bin/cat", "f"'
bash -c 'exec -c /bin/cat f'
setsid -w cat f
nohup cat f 2>/dev/null
nice -n 1 cat f
