# Files from Perl: modes, seeks, truncation, in-place editing, locks, file tests.
use strict;
use warnings;
use Fcntl qw(:DEFAULT :flock :seek :mode);

sub slurp { local (@ARGV, $/) = @_; return <> }

open my $f, '>', 'f' or die;
print $f "line $_\n" for 1 .. 1000;
close $f or die;
print -s 'f', "\n";
open $f, '+<', 'f' or die;
seek $f, 5, SEEK_SET;
print $f 'X';
seek $f, 0, SEEK_END;
print tell $f, "\n";
truncate $f, 100 or die;
close $f;
print length slurp('f'), "\n", substr(slurp('f'), 0, 10);
my $buffer;
sysopen my $g, 'g', O_RDWR | O_CREAT | O_EXCL, 0640 or die;
print syswrite($g, 'abcdef'), ' ', sysseek($g, 2, SEEK_SET), ' ', sysread($g, $buffer, 3), " $buffer\n";
print flock($g, LOCK_EX | LOCK_NB) ? "locked\n" : "$!\n";
printf "%o %d\n", S_IMODE((stat $g)[2]), (stat _)[7];
sysopen(my $h, 'g', O_RDWR | O_CREAT | O_EXCL) or print "$!\n";
{
    local ($^I, @ARGV) = ('.orig', 'g');
    while (<>) { tr/a-z/A-Z/; print }
}
print slurp('g'), slurp('g.orig'), "\n";
open my $dup, '>>&', $g or die;
print $dup 'tail';
close $dup;
print -s $g, "\n";
print join(' ', map { -e $_ ? 'e' : '-', -d $_ ? 'd' : '-', -l $_ ? 'l' : '-', -f _ && -z _ ? 'z' : '-' } 'f', '.', 'missing'), "\n";
utime 1_000_000_000, 1_100_000_000, 'f' or die;
print join(' ', (stat 'f')[8, 9]), "\n";
rename 'f', 'renamed' or die;
link 'renamed', 'linked' or die;
symlink 'linked', 'soft' or die;
print readlink('soft'), ' ', (stat 'soft')[3], "\n";
print unlink('renamed', 'linked', 'missing'), "\n";
open(my $none, '<', 'soft') or print "$!\n";
open my $pipe, '-|', 'cat', 'g' or die;
print <$pipe>, "\n";
close $pipe;
open my $binary, '>:raw', 'b' or die;
print $binary pack('N*', 1 .. 200_000);
close $binary;
open $binary, '<:raw', 'b' or die;
seek $binary, 4 * 131_071, 0;
read $binary, $buffer, 8;
print join(' ', unpack('N*', $buffer)), "\n";
print join(' ', sort glob('*')), "\n";
