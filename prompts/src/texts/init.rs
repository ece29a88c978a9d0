//! What `rapport init` asks and says, and what explains each key of the configuration that it writes.

use crate::declare::texts;

texts! {
    TEXTS:

    // What is asked.

    /// Says where everything will lie, and how to answer.
    fn init_begin(dir: &str);
    /// Puts a question, with what stands if nothing is answered.
    fn init_question(question: &str, usual: Option<&str>);
    /// Asks for the house's language.
    fn init_ask_lang();
    /// Asks what the house is called.
    fn init_ask_house();
    /// Asks for the house's addresses and domains.
    fn init_ask_own();
    /// Asks for the zone.
    fn init_ask_zone();
    /// Asks for the currency.
    fn init_ask_currency();
    /// Asks for the first colleague's short name.
    fn init_ask_handle();
    /// Asks for the first colleague's name.
    fn init_ask_name();
    /// Asks for the first colleague's address.
    fn init_ask_address();
    /// Asks for the mailbox.
    fn init_ask_mailbox();
    /// Asks where the mailbox is read.
    fn init_ask_imap();
    /// Asks where mails leave.
    fn init_ask_smtp();
    /// Asks who logs in there.
    fn init_ask_login();
    /// Says that this provider takes no password of its users from programs, and what instead.
    fn init_oauth();
    /// Asks for the password, which is not shown.
    fn init_ask_password();
    /// Asks for the token of the bot on Telegram, which is not shown.
    fn init_ask_telegram();
    /// Asks for the token of the application on Discord, which is not shown.
    fn init_ask_discord();
    /// Asks under which address customers reach the pages.
    fn init_ask_url();
    /// Asks where backups go.
    fn init_ask_backup();
    /// Asks who can read backups.
    fn init_ask_recipient();

    // What is wrong with an answer.

    /// Something must be answered.
    fn init_wrong_empty();
    /// The answer is longer than so many characters, or has characters that cannot be seen.
    fn init_wrong_words(n: usize);
    /// No language that is spoken here.
    fn init_wrong_lang(answer: &str);
    /// Neither an address nor a domain.
    fn init_wrong_own(answer: &str);
    /// No zone.
    fn init_wrong_zone(answer: &str);
    /// No currency.
    fn init_wrong_currency(answer: &str);
    /// No short name.
    fn init_wrong_handle(answer: &str);
    /// No address.
    fn init_wrong_address(answer: &str);
    /// No server.
    fn init_wrong_host(answer: &str);
    /// No token of Telegram; the token is not repeated.
    fn init_wrong_telegram();
    /// No token of Discord; the token is not repeated.
    fn init_wrong_discord();
    /// No address of pages.
    fn init_wrong_url(answer: &str);
    /// No directory.
    fn init_wrong_backup(answer: &str);
    /// No public key.
    fn init_wrong_recipient(answer: &str);
    /// The answers ended before the questions did.
    fn init_cut_off();

    // What was done, and what is next.

    /// A file was there already and was left as it was.
    fn init_left(path: &str);
    /// A file was written.
    fn init_written(path: &str);
    /// A file with a secret was written.
    fn init_secret_written(path: &str);
    /// A file with a secret is still to be written, by whoever knows it.
    fn init_secret_wanted(path: &str);
    /// The keys were made; where the master key is.
    fn init_keys_made(path: &str);
    /// What to do next: the commands.
    fn init_next(check: &str, run: &str, unit: &str);

    // What explains a key of the configuration.

    /// Stands at the beginning.
    fn config_head();
    /// Explains `lang`.
    fn config_lang();
    /// Explains `timezone`.
    fn config_timezone();
    /// Explains `default_region`.
    fn config_default_region();
    /// Explains `currency`.
    fn config_currency();
    /// Explains `house.name`.
    fn config_house_name();
    /// Explains `house.addresses`.
    fn config_house_addresses();
    /// Explains `house.domains`.
    fn config_house_domains();
    /// Explains `users.handle`.
    fn config_user_handle();
    /// Explains `users.name`.
    fn config_user_name();
    /// Explains `users.address`.
    fn config_user_address();
    /// Explains `users.role`.
    fn config_user_role();
    /// Explains `nlp.engine`.
    fn config_engine();
    /// Explains `mail.NAME.address`.
    fn config_mail_address();
    /// Explains `mail.NAME.since`.
    fn config_mail_since();
    /// Explains `imap.host`.
    fn config_imap_host();
    /// Explains `smtp.host`.
    fn config_smtp_host();
    /// Explains `port`.
    fn config_port();
    /// Explains `tls`.
    fn config_tls();
    /// Explains `user`.
    fn config_login();
    /// Explains `password_file`.
    fn config_password_file();
    /// Explains `telegram.token_file`.
    fn config_telegram();
    /// Explains `discord.token_file`.
    fn config_discord();
    /// Explains `http.listen`.
    fn config_listen();
    /// Explains `http.public_url`.
    fn config_public_url();
    /// Explains `backup.to`.
    fn config_backup_to();
    /// Explains `backup.recipients`.
    fn config_backup_recipients();
    /// Explains `backup.keep`.
    fn config_backup_keep();
}
