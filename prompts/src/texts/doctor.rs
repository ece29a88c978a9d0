//! How the service fares, for whoever runs it: figures, and what to do about them.

use crate::declare::texts;
use crate::slot::Span;

texts! {
    TEXTS:

    // Verdicts.

    /// Nothing to do.
    fn verdict_fine();
    /// Somebody should look.
    fn verdict_look();
    /// Something is broken.
    fn verdict_broken();

    // What is looked at.

    /// The store itself.
    fn doctor_store();
    /// The master key.
    fn doctor_keys();
    /// Whether what was kept is whole.
    fn doctor_whole();
    /// Files beside the database.
    fn doctor_files();
    /// The jobs of a queue.
    fn doctor_jobs(queue: &str);
    /// What leaves through a channel.
    fn doctor_outbox(channel: &str);
    /// A mailbox.
    fn doctor_mailbox(name: &str);
    /// The pages that customers reach.
    fn doctor_pages();
    /// The language model that drafts.
    fn doctor_llm();
    /// A webhook.
    fn doctor_webhook(name: &str);
    /// The search index.
    fn doctor_index();
    /// What reads texts.
    fn doctor_reading();
    /// Room on the disk.
    fn doctor_disk();
    /// The last backup.
    fn doctor_backup();

    // Figures.

    /// Whoever is at a webhook wants nothing more.
    fn health_webhook_gone();
    /// Which language model, where, and how often it was asked today of how often it may be.
    fn health_llm(model: &str, host: &str, n: i64, most: u32);
    /// Which database, and the version of its schema.
    fn health_store(engine: &str, version: &str, schema: i64);
    /// Where the key lies, and the permissions of its file.
    fn health_keys(place: &str, mode: Option<&str>);
    /// Nothing is damaged.
    fn health_whole();
    /// What is damaged, in the database's words.
    fn health_damaged(first: &str, n: usize);
    /// A webhook is gone.
    fn advice_webhook(name: &str);
    /// As often as it may be on a day the language model was asked.
    fn advice_llm();
    /// Rows that point to nothing.
    fn health_dangling(what: &str, n: i64);
    /// Files that rows name and that are not there.
    fn health_missing(name: &str, n: usize);
    /// Files that no row names.
    fn health_orphans(n: usize);
    /// Files that no row names, and that were just removed.
    fn health_removed(n: usize);
    /// How many jobs stand where, and for how long the oldest has been due.
    fn health_jobs(due: i64, later: i64, claimed: i64, dead: i64, oldest: Option<Span>);
    /// How many messages stand where, and for how long the oldest has waited.
    fn health_outbox(pending: i64, unknown: i64, failed: i64, oldest: Option<Span>);
    /// When a mailbox was last read to its end.
    fn health_mailbox(read: Option<Span>);
    /// Since when a mailbox cannot be read, and why.
    fn health_mailbox_trouble(since: Span, why: &str);
    /// Where pages are served, and what links to them begin with.
    fn health_pages(place: &str, base: Option<&str>);
    /// How far the index is behind.
    fn health_index(n: i64);
    /// Which engine reads, and how many of the newest messages each one read.
    fn health_reading(engine: &str, read: Option<&str>);
    /// How much room is left, in gigabytes, and in hundredths of the whole.
    fn health_disk(gigabytes: &str, percent: i64);
    /// That is not known.
    fn health_unknown();
    /// There is none.
    fn health_none();

    /// When the last backup was made, where, how large it is, and when one was last looked through.
    fn health_backup(made: Span, place: &str, size: &str, verified: Option<Span>);
    /// Since when no backup can be made, why, and which the last one is.
    fn health_backup_trouble(since: Span, why: &str, last: &str);
    /// What was found wrong with a backup.
    fn health_backup_faults(first: &str);

    // What to do.

    /// The store is newer than the program.
    fn advice_newer();
    /// The store is older than the program.
    fn advice_older();
    /// Others may read the key.
    fn advice_key_mode(place: &str);
    /// Something that was kept is lost or damaged.
    fn advice_restore();
    /// Files were left behind.
    fn advice_fix();
    /// Jobs wait for too long.
    fn advice_run();
    /// Jobs were given up.
    fn advice_dead();
    /// Messages need a decision.
    fn advice_outbox();
    /// A mailbox cannot be read.
    fn advice_mailbox();
    /// A mailbox does not let us in any more.
    fn advice_mailbox_login(name: &str);
    /// Notices wait for somebody at the console.
    fn advice_console();
    /// Mailings cannot say how they are stopped.
    fn advice_pages();
    /// The index is behind.
    fn advice_index();
    /// MiniLM should read, and does not.
    fn advice_bert(why: &str);
    /// That weights of the house lie idle, and what to do.
    fn advice_weights(why: &str);
    /// The disk is nearly full.
    fn advice_disk();
    /// There is no backup, or none of late and nobody makes any.
    fn advice_backup();
    /// There is none of late.
    fn advice_backup_late();
    /// None can be made.
    fn advice_backup_trouble();
    /// One is damaged.
    fn advice_backup_faults();

    // The account of a mailbox's folder: what the server has, and what became of it.

    /// Mails on the server.
    fn ledger_on_server();
    /// Those that began a conversation.
    fn ledger_new();
    /// Those that went on with one.
    fn ledger_threaded();
    /// Those that a machine wrote.
    fn ledger_automated();
    /// Those that were here before.
    fn ledger_duplicate();
    /// Those that cannot be read and are kept aside.
    fn ledger_quarantined();
    /// Those that were not read yet.
    fn ledger_waiting();
    /// Those from before the day from which mail is taken.
    fn ledger_older();
    /// Those that should be here and are not.
    fn ledger_lost();
    /// Those that were removed on the server since, and are kept here.
    fn ledger_gone();
    /// The sum is right.
    fn ledger_adds_up();
    /// The sum is not right.
    fn ledger_wrong();
}
