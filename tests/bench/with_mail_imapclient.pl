#!/usr/bin/perl
# What a script takes that does it with Mail::IMAPClient (Debian: libmail-imapclient-perl), as the
# benchmark compares it.
#
#     with_mail_imapclient.pl HOST PORT CA-FILE USER PASSWORD-FILE FOLDER SINCE BEFORE OUT
#
# CA-FILE is "-" for a server without TLS; SINCE and BEFORE are seconds since the epoch at midnight.
# Writes the usual header fields of each message as CSV, with parse_headers(), which is the way that
# its documentation has for that; 1,000 messages at a time.
use strict;
use warnings;
use Encode;
use Mail::IMAPClient;
use POSIX qw(strftime);

my $AT_ONCE = 1000;
my @FIELDS = ("From", "To", "Reply-To", "Subject", "Message-ID", "X-PHP-Script",
    "X-Authenticated-Sender", "X-Mailer", "X-SpamExperts-Outgoing-Evidence",
    "X-SpamExperts-Username");

my ($host, $port, $ca_file, $user, $password_file, $folder, $since, $before, $out) = @ARGV;

sub day {
    return strftime("%d-%b-%Y", gmtime($_[0]));
}

sub cell {
    my $value = $_[0] // "";
    $value = Encode::decode("MIME-Header", $value) if $value =~ /=\?/;
    $value =~ s/"/""/g;
    return qq("$value");
}

open(my $secret, "<", $password_file) or die "$password_file: $!\n";
my $password = <$secret>;
chomp($password);
close($secret);

my %more;
$more{Ssl} = [SSL_ca_file => $ca_file, SSL_verify_mode => 1] if $ca_file ne "-";
my $imap = Mail::IMAPClient->new(
    Server => $host, Port => $port, User => $user, Password => $password,
    Uid => 1, Peek => 1, %more) or die "connect: $@\n";
$imap->examine($folder) or die "examine: " . $imap->LastError . "\n";
my $found = $imap->search("SINCE", day($since), "BEFORE", day($before))
    or die "search: " . $imap->LastError . "\n";
my @uids = @$found;

open(my $file, ">:utf8", $out) or die "$out: $!\n";
print $file join(",", map { cell($_) } @FIELDS), "\r\n";
while (my @part = splice(@uids, 0, $AT_ONCE)) {
    my $headers = $imap->parse_headers(\@part, @FIELDS)
        or die "fetch: " . $imap->LastError . "\n";
    for my $uid (@part) {
        my $fields = $headers->{$uid};
        print $file join(",", map { cell($fields->{$_}[0]) } @FIELDS), "\r\n";
    }
}
close($file) or die "$out: $!\n";
$imap->logout;
