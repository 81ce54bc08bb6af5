//! Postfix's part: mail from outside, submission with Dovecot's logins, delivery by LMTP.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::{POSTFIX_USER, Ports, directory_of};

pub(super) fn configure(root: &Path, ports: &Ports, users: &[(&str, &str)]) -> anyhow::Result<()> {
    let config = root.join("postfix");
    let queue = root.join("queue");
    std::fs::create_dir_all(&config)?;
    std::fs::create_dir_all(&queue)?;
    directory_of(&root.join("data"), POSTFIX_USER)?;
    // Postfix would make it itself, but Dovecot puts its socket there first.
    directory_of(&queue.join("private"), POSTFIX_USER)?;
    std::fs::set_permissions(queue.join("private"), std::fs::Permissions::from_mode(0o700))?;
    let mut domains: Vec<&str> =
        users.iter().filter_map(|(address, _)| address.rsplit_once('@')).map(|(_, domain)| domain).collect();
    domains.sort_unstable();
    domains.dedup();
    let mailboxes: Vec<String> = users.iter().map(|(address, _)| format!("{{{address}=1}}")).collect();
    let at = root.display();
    let Ports { smtp, submission, submissions, lmtp, .. } = ports;
    let main = format!(
        "compatibility_level = 3.6
queue_directory = {at}/queue
data_directory = {at}/data
maillog_file = {at}/postfix.log
maillog_file_prefixes = {at}
myhostname = mail.{first}
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks =
alias_maps =
local_recipient_maps =
virtual_mailbox_domains = {domains}
virtual_mailbox_maps = inline:{{ {mailboxes} }}
virtual_transport = lmtp:inet:127.0.0.1:{lmtp}
default_transport = lmtp:inet:127.0.0.1:{lmtp}
smtp_dns_support_level = disabled
lmtp_host_lookup = native
smtpd_peername_lookup = no
smtpd_error_sleep_time = 0
smtpd_relay_restrictions = permit_sasl_authenticated, reject_unauth_destination
smtpd_sasl_type = dovecot
smtpd_sasl_path = private/auth
smtpd_tls_cert_file = {at}/cert.pem
smtpd_tls_key_file = {at}/key.pem
smtpd_tls_security_level = may
message_size_limit = 30000000
mailbox_size_limit = 0
virtual_mailbox_limit = 0
",
        first = domains.first().unwrap_or(&"example.test"),
        domains = domains.join(", "),
        mailboxes = mailboxes.join(", "),
    );
    std::fs::write(config.join("main.cf"), main)?;
    let master = format!(
        "127.0.0.1:{smtp} inet n - n - - smtpd
127.0.0.1:{submission} inet n - n - - smtpd
  -o smtpd_tls_security_level=encrypt -o smtpd_sasl_auth_enable=yes
127.0.0.1:{submissions} inet n - n - - smtpd
  -o smtpd_tls_wrappermode=yes -o smtpd_sasl_auth_enable=yes
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"
    );
    std::fs::write(config.join("master.cf"), master)?;
    Ok(())
}
