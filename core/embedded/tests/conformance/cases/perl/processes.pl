# Forks that share an offset, pipes, and signals that interrupt, from Perl.
use strict;
use warnings;
use IO::Handle;

open my $log, '>>', 'log' or die;
$log->autoflush(1);
my @children = map {
    my $n = $_;
    my $pid = fork // die;
    if (!$pid) { print $log "child $n line $_\n" for 1 .. 50; exit $n }
    $pid
} 1 .. 4;
print join(' ', map { waitpid $_, 0; $? >> 8 } @children), "\n";
print -s 'log', "\n";
open my $in, '<', 'log' or die;
my %count;
/child (\d)/ && $count{$1}++ while <$in>;
print join(' ', map { $count{$_} } sort keys %count), "\n";
sysseek $in, 2, 0;
if (my $pid = fork) { waitpid $pid, 0; print sysseek($in, 0, 1), "\n" }
else { sysread $in, my $x, 5; exit }
local $SIG{ALRM} = sub { die "alarm\n" };
my $result = eval { alarm 1; system 'kill', '-ALRM', $$; select undef, undef, undef, 5; 1 };
alarm 0;
print $@;
print `cat log | wc -l`, $? >> 8, "\n";
open my $to, '|-', 'sort -u >sorted' or die;
print $to "$_\n" for 3, 1, 2, 3;
close $to;
print `cat sorted`;
system 'cat <sorted >copied';
print -s 'copied', "\n";
print system('sh', '-c', 'exit 3') >> 8, ' ', -x 'sorted' ? 'executable' : 'data', "\n";
exec 'cat', 'sorted';
