-- The first schema: the whole domain, so that later work adds screens, not tables.
--
-- Ids are made by the application. Times are microseconds since 1970, UTC. A row's sealed
-- columns (BLOB) are encrypted with the key that its key_id names; *_blind columns are HMACs
-- for look-up. `deleted_us` marks what a person took away and may bring back. Yes and no are
-- 1 and 0. The two databases have the same tables and columns; a test compares them.

CREATE TABLE counters (
    kind   TEXT NOT NULL PRIMARY KEY,   -- customer, company, deal, ticket, task, campaign; lease_expiries/QUEUE
    next   INTEGER NOT NULL             -- the next short number; how many there were
) STRICT;

CREATE TABLE users (
    id            INTEGER PRIMARY KEY,
    key_id        INTEGER NOT NULL,
    handle        TEXT NOT NULL UNIQUE,
    name          TEXT,
    address       BLOB,
    address_blind BLOB,
    role          TEXT NOT NULL CHECK (role IN ('owner', 'manager', 'rep', 'viewer')),
    scope         TEXT CHECK (scope IN ('all', 'team', 'own')),
    team          INTEGER,
    zone          TEXT,
    language      TEXT,
    active        INTEGER,
    deleted_us    INTEGER
) STRICT;
CREATE UNIQUE INDEX users_address ON users (address_blind);

CREATE TABLE teams (
    id         INTEGER PRIMARY KEY,
    key_id     INTEGER NOT NULL,
    name       TEXT NOT NULL UNIQUE,
    hours      TEXT,
    address    TEXT,
    deleted_us INTEGER
) STRICT;

-- A chat account that a colleague proved to be theirs.
CREATE TABLE bindings (
    channel       TEXT NOT NULL,
    account_blind BLOB NOT NULL,
    user_id       INTEGER NOT NULL,
    key_id        INTEGER NOT NULL,
    account       BLOB NOT NULL,
    bound_us      INTEGER NOT NULL,
    PRIMARY KEY (channel, account_blind),
    UNIQUE (channel, user_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE mailboxes (
    id        INTEGER PRIMARY KEY,
    key_id    INTEGER NOT NULL,
    name      TEXT NOT NULL UNIQUE,
    address   BLOB,
    team      INTEGER,
    signature BLOB
) STRICT;

CREATE TABLE companies (
    id          INTEGER PRIMARY KEY,
    key_id      INTEGER NOT NULL,
    number      INTEGER NOT NULL UNIQUE,
    name        BLOB,
    owner       INTEGER,
    tags        TEXT,
    attrs       BLOB,
    merged_into INTEGER,
    deleted_us  INTEGER
) STRICT;

CREATE TABLE customers (
    id            INTEGER PRIMARY KEY,
    key_id        INTEGER NOT NULL,
    number        INTEGER NOT NULL UNIQUE,
    name          BLOB,
    company       INTEGER,
    lifecycle     TEXT CHECK (lifecycle IN ('lead', 'customer', 'dormant', 'lost')),
    owner         INTEGER,
    language      TEXT,
    zone          TEXT,
    mood          REAL,
    tags          TEXT,
    attrs         BLOB,
    first_contact INTEGER,
    last_in       INTEGER,
    last_out      INTEGER,
    n_in          INTEGER,
    n_out         INTEGER,
    segment       TEXT,                 -- the segment that they were last found in
    restricted_at INTEGER,             -- since then what is held of them is kept and shown, and nothing else
    held_at       INTEGER,             -- since then no rule of retention takes anything of theirs
    merged_into   INTEGER,
    erased_us     INTEGER,
    deleted_us    INTEGER
) STRICT;
CREATE INDEX customers_company ON customers (company) WHERE company IS NOT NULL;
CREATE INDEX customers_owner ON customers (owner);

-- By what a customer or company is known. A row without either belongs to nobody yet:
-- a machine, or somebody whom only the house wrote to.
CREATE TABLE identities (
    id          INTEGER PRIMARY KEY,
    key_id      INTEGER NOT NULL,
    customer    INTEGER,
    company     INTEGER,
    channel     TEXT NOT NULL,          -- email, domain, phone, telegram, discord
    value       BLOB NOT NULL,
    value_blind BLOB NOT NULL,
    name        BLOB,
    verified    INTEGER,
    deleted_us  INTEGER
) STRICT;
CREATE UNIQUE INDEX identities_value ON identities (channel, value_blind);
CREATE INDEX identities_customer ON identities (customer) WHERE customer IS NOT NULL;
CREATE INDEX identities_company ON identities (company) WHERE company IS NOT NULL;

CREATE TABLE threads (
    id          INTEGER PRIMARY KEY,
    key_id      INTEGER NOT NULL,
    channel     TEXT NOT NULL,
    subject     BLOB,
    customer    INTEGER,
    owner       INTEGER,
    muted       INTEGER,
    joined_into INTEGER,                -- the conversation that it is a part of
    perhaps     INTEGER,                -- the one that it says it belongs to, unproven
    first_us    INTEGER NOT NULL,
    last_us     INTEGER NOT NULL,
    last_in_us  INTEGER,                -- the last human message from outside
    last_out_us INTEGER,                -- the last human message from the house
    n_messages  INTEGER NOT NULL,
    deleted_us  INTEGER
) STRICT;
CREATE INDEX threads_customer ON threads (customer, last_us);
CREATE INDEX threads_joined ON threads (joined_into) WHERE joined_into IS NOT NULL;

-- Every message id we have seen, or seen answered, and its conversation.
CREATE TABLE thread_refs (
    ref_blind BLOB NOT NULL PRIMARY KEY,
    thread    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE messages (
    id                INTEGER PRIMARY KEY,
    key_id            INTEGER NOT NULL,
    thread            INTEGER NOT NULL,
    customer          INTEGER,
    author            INTEGER,          -- the colleague who wrote it
    channel           TEXT NOT NULL,
    account           TEXT NOT NULL,
    direction         TEXT NOT NULL CHECK (direction IN ('in', 'out', 'internal')),
    automation        TEXT NOT NULL,
    automation_reason TEXT,
    trust             TEXT CHECK (trust IN ('pass', 'fail', 'none')), -- null where nobody checks
    history           INTEGER NOT NULL,
    sent_at           INTEGER,
    received_at       INTEGER NOT NULL,
    language          TEXT,
    intent            TEXT,
    intent_p          REAL,
    mood              TEXT,
    score             REAL,
    urgent            INTEGER,
    engine            TEXT,             -- null until it was understood
    corrected         TEXT,             -- what a colleague says it should have been read as
    n_attachments     INTEGER NOT NULL,
    message_ref       BLOB NOT NULL,    -- its Message-ID
    subject           BLOB NOT NULL,
    trimmed           BLOB,             -- null where the whole body is its own text
    reading           BLOB,
    calendar          BLOB,             -- the meeting that it is about, JSON
    body              BLOB NOT NULL     -- zstd
) STRICT;
CREATE INDEX messages_thread ON messages (thread, received_at);
CREATE INDEX messages_customer ON messages (customer, received_at) WHERE customer IS NOT NULL;
CREATE INDEX messages_time ON messages (received_at);

-- The bytes as they arrived, zstd; over 64 kB in a file under blobs/.
CREATE TABLE raws (
    message INTEGER PRIMARY KEY,
    key_id  INTEGER NOT NULL,
    bytes   INTEGER NOT NULL,           -- length before compression
    blob    TEXT,                       -- name of the file
    raw     BLOB
) STRICT;

CREATE TABLE parties (
    message  INTEGER NOT NULL,
    role     TEXT NOT NULL CHECK (role IN ('from', 'to', 'cc', 'reply_to')),
    position INTEGER NOT NULL,
    identity INTEGER NOT NULL,
    PRIMARY KEY (message, role, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX parties_identity ON parties (identity);

CREATE TABLE attachments (
    id      INTEGER PRIMARY KEY,
    key_id  INTEGER NOT NULL,
    message INTEGER NOT NULL,
    name    BLOB NOT NULL,
    mime    TEXT NOT NULL,
    bytes   INTEGER NOT NULL,
    digest  TEXT NOT NULL,
    inline  INTEGER NOT NULL,
    kept    INTEGER NOT NULL        -- 0 where its bytes are in the mailbox alone
) STRICT;
CREATE INDEX attachments_message ON attachments (message);

-- What was taken in, by whatever key its source knows it, and what became of it: the ledger. One row
-- per source and key.
CREATE TABLE seen (
    source  TEXT NOT NULL,
    key     BLOB NOT NULL,
    record  INTEGER NOT NULL,           -- the message, or the quarantine row
    fate    TEXT NOT NULL CHECK (fate IN ('new', 'threaded', 'automated', 'duplicate', 'quarantined')),
    at_us   INTEGER NOT NULL,
    PRIMARY KEY (source, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE quarantine (
    id      INTEGER PRIMARY KEY,
    key_id  INTEGER NOT NULL,
    channel TEXT NOT NULL,
    account TEXT NOT NULL,
    reason  TEXT NOT NULL,
    detail  BLOB NOT NULL,              -- names the place, so it is sealed
    bytes   INTEGER NOT NULL,
    blob    TEXT,
    raw     BLOB,
    at_us   INTEGER NOT NULL
) STRICT;

CREATE TABLE cursors (
    account TEXT NOT NULL,
    scope   TEXT NOT NULL,
    token   TEXT NOT NULL,
    at_us   INTEGER NOT NULL,
    PRIMARY KEY (account, scope)
) STRICT, WITHOUT ROWID;

CREATE TABLE pipelines (
    id         INTEGER PRIMARY KEY,
    key_id     INTEGER NOT NULL,
    name       TEXT NOT NULL UNIQUE,
    stages     TEXT NOT NULL,           -- JSON: [{"name","probability"}]
    deleted_us INTEGER
) STRICT;

CREATE TABLE deals (
    id          INTEGER PRIMARY KEY,
    key_id      INTEGER NOT NULL,
    number      INTEGER NOT NULL UNIQUE,
    title       BLOB,
    customer    INTEGER,
    company     INTEGER,
    thread      INTEGER,
    pipeline    INTEGER,
    stage       TEXT,
    amount      INTEGER,
    currency    TEXT,
    close_at    INTEGER,
    owner       INTEGER,
    lost_reason BLOB,
    attrs       BLOB,
    deleted_us  INTEGER
) STRICT;
CREATE INDEX deals_customer ON deals (customer);
CREATE INDEX deals_owner ON deals (owner);

CREATE TABLE products (
    id         INTEGER PRIMARY KEY,
    key_id     INTEGER NOT NULL,
    sku        TEXT UNIQUE,
    name       TEXT,
    price      INTEGER,
    currency   TEXT,
    active     INTEGER,
    deleted_us INTEGER
) STRICT;

CREATE TABLE orders (
    id              INTEGER PRIMARY KEY,
    key_id          INTEGER NOT NULL,
    reference       BLOB,
    reference_blind BLOB UNIQUE,
    customer        INTEGER,
    company         INTEGER,
    deal            INTEGER,
    state           TEXT,
    total           INTEGER,
    currency        TEXT,
    placed_at       INTEGER,
    deleted_us      INTEGER
) STRICT;
CREATE INDEX orders_customer ON orders (customer);

-- The lines of deals and orders.
CREATE TABLE lines (
    record    INTEGER NOT NULL,
    position  INTEGER NOT NULL,
    product   INTEGER,
    quantity  REAL NOT NULL,
    price     INTEGER NOT NULL,
    currency  TEXT NOT NULL,
    PRIMARY KEY (record, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE tickets (
    id              INTEGER PRIMARY KEY,
    key_id          INTEGER NOT NULL,
    number          INTEGER NOT NULL UNIQUE,
    title           BLOB,
    customer        INTEGER,
    company         INTEGER,
    thread          INTEGER,
    message         INTEGER,
    owner           INTEGER,
    priority        TEXT CHECK (priority IN ('low', 'normal', 'high', 'urgent')),
    status          TEXT CHECK (status IN ('open', 'pending', 'closed')),
    opened_at       INTEGER,
    first_answer_at INTEGER,
    closed_at       INTEGER,
    reopened        INTEGER,
    snoozed_until   INTEGER,
    deleted_us      INTEGER
) STRICT;
CREATE INDEX tickets_thread ON tickets (thread);
CREATE INDEX tickets_customer ON tickets (customer);
CREATE INDEX tickets_owner ON tickets (owner);
CREATE INDEX tickets_open ON tickets (status, opened_at) WHERE status <> 'closed';

CREATE TABLE tasks (
    id         INTEGER PRIMARY KEY,
    key_id     INTEGER NOT NULL,
    number     INTEGER NOT NULL UNIQUE,
    title      BLOB,
    due        INTEGER,
    done_at    INTEGER,
    owner      INTEGER,
    customer   INTEGER,
    deal       INTEGER,
    ticket     INTEGER,
    thread     INTEGER,
    message    INTEGER,
    promise    TEXT CHECK (promise IN ('house', 'customer')), -- whose it is, of a task that follows one
    deleted_us INTEGER
) STRICT;
CREATE INDEX tasks_due ON tasks (due) WHERE done_at IS NULL;
CREATE INDEX tasks_thread ON tasks (thread) WHERE thread IS NOT NULL;
CREATE INDEX tasks_customer ON tasks (customer) WHERE customer IS NOT NULL;
CREATE INDEX tasks_owner ON tasks (owner);

CREATE TABLE notes (
    id         INTEGER PRIMARY KEY,
    key_id     INTEGER NOT NULL,
    body       BLOB,
    customer   INTEGER,
    company    INTEGER,
    deal       INTEGER,
    ticket     INTEGER,
    message    INTEGER,
    author     INTEGER,
    interaction TEXT CHECK (interaction IN ('call', 'meeting')), -- null where it only was written down
    outcome    TEXT CHECK (outcome IN ('reached', 'no_answer', 'left_message')),
    minutes    INTEGER,
    deleted_us INTEGER
) STRICT;
CREATE INDEX notes_customer ON notes (customer) WHERE customer IS NOT NULL;

CREATE TABLE consents (
    id         INTEGER PRIMARY KEY,
    key_id     INTEGER NOT NULL,
    customer   INTEGER,
    purpose    TEXT,
    channel    TEXT,
    state      TEXT,
    via        TEXT,                   -- by what they said it: mail, link, preferences, complaint, colleague
    message    INTEGER,
    at         INTEGER,
    deleted_us INTEGER
) STRICT;
CREATE INDEX consents_customer ON consents (customer, purpose, at);

-- What customers think of what was done for them: one row for each link that asked.
CREATE TABLE ratings (
    id         INTEGER PRIMARY KEY,
    key_id     INTEGER NOT NULL,
    score      INTEGER CHECK (score BETWEEN 1 AND 5),
    comment    BLOB,
    customer   INTEGER,
    ticket     INTEGER,
    thread     INTEGER,
    owner      INTEGER,                 -- the colleague who was rated
    at         INTEGER,
    deleted_us INTEGER
) STRICT;
CREATE INDEX ratings_customer ON ratings (customer);

-- What customers ask of the house about what it holds of them. Once they are erased, it still says that
-- they asked and what was done, and of whom no more.
CREATE TABLE privacy_requests (
    id           INTEGER PRIMARY KEY,
    key_id       INTEGER NOT NULL,
    number       INTEGER NOT NULL UNIQUE,
    customer     INTEGER,
    message      INTEGER,
    ticket       INTEGER,
    rights       TEXT,                 -- names with commas
    law          TEXT CHECK (law IN ('gdpr', 'ccpa')),
    received_at  INTEGER,
    due          INTEGER,
    state        TEXT CHECK (state IN ('open', 'verified', 'done', 'refused')),
    proven_by    TEXT CHECK (proven_by IN ('mail', 'link')),
    proven_at    INTEGER,
    link_sent_at INTEGER,
    extended_at  INTEGER,
    extension    BLOB,                 -- why there is more time
    reason       BLOB,                 -- why it was refused
    answered_by  INTEGER,
    answered_at  INTEGER,
    deleted_us   INTEGER
) STRICT;
CREATE INDEX privacy_requests_customer ON privacy_requests (customer);
CREATE INDEX privacy_requests_due ON privacy_requests (due) WHERE answered_at IS NULL;

CREATE TABLE campaigns (
    id            INTEGER PRIMARY KEY,
    key_id        INTEGER NOT NULL,
    number        INTEGER NOT NULL UNIQUE,
    name          TEXT,
    segment       TEXT,                 -- whom it is for, as it was written
    template      TEXT,
    template_b    TEXT,                 -- the other text, of which share_b in a hundred get a copy
    share_b       INTEGER,
    per_hour      INTEGER,
    per_day       INTEGER,
    between_hours TEXT,                 -- 10:00-16:00, besides the house's hours
    state         TEXT CHECK (state IN ('draft', 'running', 'stopped', 'done')),
    author        INTEGER,               -- by whose sight its recipients are found
    starts_at     INTEGER,
    enlisted_at   INTEGER,               -- since when all its recipients are known
    ended_at      INTEGER,
    deleted_us    INTEGER
) STRICT;

-- To whom a campaign writes. Ids and plain figures only.
CREATE TABLE campaign_recipients (
    campaign  INTEGER NOT NULL,
    customer  INTEGER NOT NULL,
    variant   TEXT NOT NULL CHECK (variant IN ('a', 'b')),
    due_us    INTEGER NOT NULL,          -- not written to before
    mailed_us INTEGER,
    outbound  INTEGER,                   -- the mail
    left_out  TEXT,                     -- why they are not written to after all
    PRIMARY KEY (campaign, customer)
) STRICT, WITHOUT ROWID;
CREATE INDEX campaign_recipients_waiting ON campaign_recipients (campaign, due_us, customer)
    WHERE mailed_us IS NULL AND left_out IS NULL;
CREATE INDEX campaign_recipients_mailed ON campaign_recipients (campaign, mailed_us) WHERE mailed_us IS NOT NULL;
CREATE INDEX campaign_recipients_outbound ON campaign_recipients (outbound) WHERE outbound IS NOT NULL;

CREATE TABLE custom_fields (
    id          INTEGER PRIMARY KEY,
    key_id      INTEGER NOT NULL,
    record_kind TEXT,
    name        TEXT,
    label       TEXT,
    ty          TEXT,
    protection  TEXT,
    deleted_us  INTEGER
) STRICT;

CREATE TABLE schedules (
    id         INTEGER PRIMARY KEY,
    key_id     INTEGER NOT NULL,
    name       TEXT NOT NULL UNIQUE,
    expression TEXT,
    zone       TEXT,
    missed     TEXT,
    enabled    INTEGER,
    last_us    INTEGER,                 -- the last planned time that was handled
    next_us    INTEGER,
    deleted_us INTEGER
) STRICT;

-- The files of rules that the service worked by: their history says since when.
CREATE TABLE rule_files (
    id         INTEGER PRIMARY KEY,
    key_id     INTEGER NOT NULL,
    name       TEXT NOT NULL UNIQUE,
    source     TEXT,
    deleted_us INTEGER
) STRICT;

-- What happened. Ids and plain figures only.
CREATE TABLE events (
    id          INTEGER PRIMARY KEY,
    at_us       INTEGER NOT NULL,
    name        TEXT NOT NULL,          -- what sort of thing happened
    record_kind TEXT,
    record      INTEGER,
    cause       INTEGER,
    depth       INTEGER NOT NULL,
    what        TEXT NOT NULL           -- JSON
) STRICT;
CREATE INDEX events_time ON events (at_us);
CREATE INDEX events_record ON events (record) WHERE record IS NOT NULL;

-- The journal: acts, and in each act the changes of records.
CREATE TABLE acts (
    id        INTEGER PRIMARY KEY,
    at_us     INTEGER NOT NULL,
    actor     TEXT NOT NULL,
    cause     INTEGER,                  -- event
    undoes    INTEGER,                  -- act
    undone_by INTEGER                   -- act
) STRICT;
CREATE INDEX acts_actor ON acts (actor, id);
CREATE INDEX acts_cause ON acts (cause) WHERE cause IS NOT NULL;

CREATE TABLE changes (
    id          INTEGER PRIMARY KEY,
    act         INTEGER NOT NULL,
    record_kind TEXT NOT NULL,
    record      INTEGER NOT NULL,
    op          TEXT NOT NULL CHECK (op IN ('create', 'update', 'delete', 'restore', 'erase')),
    names       TEXT NOT NULL,          -- the fields, so that history can be filtered unopened
    key_id      INTEGER NOT NULL,
    fields      BLOB NOT NULL,          -- JSON: [{"field","before","after"}]
    digest      BLOB NOT NULL,          -- of the sealed fields when they were written
    seq         INTEGER NOT NULL,       -- counts within the record, from 1
    mac         BLOB NOT NULL           -- HMAC over this row and the record's mac before
) STRICT;
CREATE INDEX changes_act ON changes (act);
CREATE UNIQUE INDEX changes_record ON changes (record, seq);

-- Journal rows whose words an erasure took: the digest of what they hold now.
CREATE TABLE redactions (
    change_id INTEGER PRIMARY KEY,
    erasure   INTEGER NOT NULL,
    digest    BLOB NOT NULL,
    mac       BLOB NOT NULL
) STRICT;

-- The seals over all changes, in the order they were committed: each covers those after the
-- seal before it, up to a mark, and that seal.
CREATE TABLE seals (
    id       INTEGER PRIMARY KEY,
    upto     INTEGER NOT NULL,          -- the mark: a change, or a transaction of the server
    n        INTEGER NOT NULL,
    mac      BLOB NOT NULL,
    at_us    INTEGER NOT NULL
) STRICT;

-- What was erased, so that every restore can erase it again. No names: blind values only.
CREATE TABLE erasures (
    id       INTEGER PRIMARY KEY,
    customer INTEGER NOT NULL,
    at_us    INTEGER NOT NULL,
    actor    TEXT NOT NULL,
    blinds   TEXT NOT NULL,             -- JSON: the blind values of the addresses
    proof    TEXT NOT NULL,             -- JSON: what was destroyed, redacted and left
    mac      BLOB NOT NULL
) STRICT;

CREATE TABLE jobs (
    id            INTEGER PRIMARY KEY,
    queue         TEXT NOT NULL,
    priority      INTEGER NOT NULL,
    task          TEXT NOT NULL,        -- JSON, ids only
    run_at_us     INTEGER NOT NULL,
    rank_us       INTEGER NOT NULL,     -- run_at, later for the many of one lane
    lane          INTEGER,              -- who or what wants it done
    state         INTEGER NOT NULL,     -- 0 waits, 1 claimed, 2 given up
    attempts      INTEGER NOT NULL,
    fence         INTEGER NOT NULL,
    lease_us      INTEGER,
    idem_key      TEXT UNIQUE,
    correlation   INTEGER,
    last_error    TEXT
) STRICT;
CREATE INDEX jobs_due ON jobs (queue, priority, rank_us, id) WHERE state = 0;
CREATE INDEX jobs_lane ON jobs (lane) WHERE state = 0 AND lane IS NOT NULL;
CREATE INDEX jobs_lease ON jobs (lease_us) WHERE state = 1;
CREATE INDEX jobs_given_up ON jobs (id) WHERE state = 2;
CREATE INDEX jobs_correlation ON jobs (correlation) WHERE correlation IS NOT NULL;

-- Keys of jobs that were done, so that none is done twice.
CREATE TABLE jobs_done (
    idem_key TEXT NOT NULL PRIMARY KEY,
    at_us    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What rules did where that is limited, and whom they gave customers to.
CREATE TABLE firings (
    id       INTEGER PRIMARY KEY,
    rule     TEXT NOT NULL,
    customer INTEGER,
    given    INTEGER,                   -- the colleague
    at_us    INTEGER NOT NULL
) STRICT;
CREATE INDEX firings_rule ON firings (rule, at_us);
CREATE INDEX firings_customer ON firings (customer, rule, at_us) WHERE customer IS NOT NULL;
CREATE INDEX firings_given ON firings (given, at_us) WHERE given IS NOT NULL;

-- Alerts to colleagues: told, or waiting to be told with others of the sort, and whether they were of use.
CREATE TABLE alerts (
    id       INTEGER PRIMARY KEY,      -- the notice that tells it
    reader   INTEGER NOT NULL,
    text     TEXT NOT NULL,
    rule     TEXT NOT NULL,
    customer INTEGER,
    at_us    INTEGER NOT NULL,
    state    INTEGER NOT NULL,         -- 0 told, 1 waits, 2 told with others
    useful   INTEGER
) STRICT;
CREATE INDEX alerts_time ON alerts (at_us);
CREATE INDEX alerts_reader ON alerts (reader, text, state, at_us);

CREATE TABLE outbox (
    id          INTEGER PRIMARY KEY,
    key_id      INTEGER NOT NULL,
    channel     TEXT NOT NULL,
    to_user     INTEGER,
    to_customer INTEGER,
    to_chat     INTEGER,                -- a chat as such
    edits       INTEGER,                -- the message of that chat which it takes the place of
    lane        INTEGER NOT NULL,       -- what leaves first
    thread      INTEGER,
    answers     INTEGER,
    about_kind  TEXT,
    about       INTEGER,
    cause       INTEGER,
    automatic   INTEGER NOT NULL,
    purpose     TEXT,                   -- of an automatic mail to a customer
    author      INTEGER,                -- the colleague who wrote it
    text        TEXT NOT NULL,
    subject     BLOB,
    body        BLOB NOT NULL,
    html        BLOB,
    cc          BLOB,                 -- JSON: who gets a copy
    send_at_us  INTEGER NOT NULL,
    idem_key    TEXT NOT NULL UNIQUE,
    state       TEXT NOT NULL CHECK (state IN ('draft', 'pending', 'sending', 'sent', 'unknown', 'failed', 'cancelled')),
    attempts    INTEGER NOT NULL,
    lease_us    INTEGER,
    reference   TEXT,
    error       TEXT,
    bounce      TEXT,                   -- how it came back: hard, full, …
    at_us       INTEGER NOT NULL,
    sent_us     INTEGER
) STRICT;
CREATE INDEX outbox_waiting ON outbox (send_at_us, id) WHERE state = 'pending';
CREATE INDEX outbox_reference ON outbox (channel, reference) WHERE reference IS NOT NULL;
CREATE INDEX outbox_sending ON outbox (lease_us) WHERE state = 'sending';
CREATE INDEX outbox_draft ON outbox (at_us) WHERE state = 'draft';
CREATE INDEX outbox_stuck ON outbox (state, id) WHERE state IN ('unknown', 'failed');
CREATE INDEX outbox_held ON outbox (at_us) WHERE state = 'cancelled' AND error IS NOT NULL;
CREATE INDEX outbox_thread ON outbox (thread) WHERE thread IS NOT NULL;
CREATE INDEX outbox_customer ON outbox (to_customer) WHERE to_customer IS NOT NULL;
CREATE INDEX outbox_cause ON outbox (cause) WHERE cause IS NOT NULL;

-- The files that go with a message; once it has left they lie in its copy alone.
CREATE TABLE outbox_files (
    id       INTEGER PRIMARY KEY,
    key_id   INTEGER NOT NULL,
    outbound INTEGER NOT NULL,
    name     BLOB NOT NULL,
    mime     TEXT NOT NULL,
    bytes    BLOB NOT NULL
) STRICT;
CREATE INDEX outbox_files_outbound ON outbox_files (outbound);

-- Who writes an answer in which conversation, so that two do not write the same.
CREATE TABLE drafting (
    thread INTEGER NOT NULL,
    author INTEGER NOT NULL,
    at_us  INTEGER NOT NULL,
    PRIMARY KEY (thread, author)
) STRICT, WITHOUT ROWID;

-- What came in by a chat. Without its words once it was answered; the row keeps it from being taken
-- in again.
CREATE TABLE updates (
    id       INTEGER PRIMARY KEY,
    channel  TEXT NOT NULL,
    key      TEXT NOT NULL,             -- what the chat calls it
    chat     INTEGER NOT NULL,
    key_id   INTEGER NOT NULL,
    payload  BLOB,
    at_us    INTEGER NOT NULL,
    done_us  INTEGER,
    UNIQUE (channel, key)
) STRICT;
CREATE INDEX updates_waiting ON updates (channel, id) WHERE done_us IS NULL;
CREATE INDEX updates_done ON updates (done_us) WHERE done_us IS NOT NULL;

-- What a colleague did last in a chat: the draft in hand, the question that waits.
CREATE TABLE chat_sessions (
    id      INTEGER PRIMARY KEY,
    channel TEXT NOT NULL,
    chat    INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    key_id  INTEGER NOT NULL,
    state   BLOB NOT NULL,
    at_us   INTEGER NOT NULL,
    UNIQUE (channel, chat, user_id)
) STRICT;

-- What pressing a button of a chat does. Its name there says nothing.
CREATE TABLE buttons (
    id         INTEGER PRIMARY KEY,
    user_id    INTEGER NOT NULL,           -- who may press it
    key_id     INTEGER NOT NULL,
    command    BLOB NOT NULL,
    record_kind TEXT,                    -- what it would change, and the last change of it
    record     INTEGER,
    seq        INTEGER,
    expires_us INTEGER NOT NULL
) STRICT;
CREATE INDEX buttons_expires ON buttons (expires_us);

-- By what colleagues prove that a chat account is theirs: once, for some minutes.
CREATE TABLE link_codes (
    code_blind BLOB PRIMARY KEY,
    user_id    INTEGER NOT NULL,
    expires_us INTEGER NOT NULL
) STRICT;

-- By what other programs prove for whom they ask. The secret itself is nowhere: what is kept of it
-- finds it, and cannot be turned back. A row stays when its token was revoked.
CREATE TABLE tokens (
    number     INTEGER PRIMARY KEY,
    proof      BLOB NOT NULL UNIQUE,
    name       TEXT NOT NULL,
    user_id    INTEGER NOT NULL,
    role       TEXT NOT NULL,
    scope      TEXT NOT NULL,
    made_us    INTEGER NOT NULL,
    expires_us INTEGER NOT NULL,
    used_us    INTEGER,                 -- noted once a day
    revoked_us INTEGER
) STRICT;

-- By what colleagues come to the pages of the house: a link that opens once, within minutes, and then a
-- cookie. Neither is anywhere: what is kept of them finds them, and cannot be turned back. A row stays
-- for a year, as what tells who came when and by what.
CREATE TABLE visits (
    link_proof   BLOB PRIMARY KEY,
    cookie_proof BLOB UNIQUE,
    user_id      INTEGER NOT NULL,
    via          TEXT NOT NULL,            -- chat, form, operator
    made_us      INTEGER NOT NULL,
    role         TEXT,                     -- as they were when the link was opened
    scope        TEXT,
    begun_us     INTEGER,
    seen_us      INTEGER,                  -- noted each few minutes
    ended_us     INTEGER
) STRICT;
CREATE INDEX visits_made ON visits (made_us);

-- Who looked at what of a customer, which way: a row for each hour in which they did, and how often. No
-- words. Customer 0 stands for a list of many, of which only the length is kept. Rows of somebody who was
-- merged keep their number, and are found with whoever they were merged into.
CREATE TABLE reads (
    customer INTEGER NOT NULL,
    hour_us  INTEGER NOT NULL,
    user_id  INTEGER NOT NULL,            -- 0: whoever runs the service
    token    INTEGER NOT NULL,            -- 0: without one
    way      TEXT NOT NULL,            -- chat, api, page, cli
    what     TEXT NOT NULL,            -- card, timeline, history, thread, message, found, export, list
    n        INTEGER NOT NULL,
    first_us INTEGER NOT NULL,
    last_us  INTEGER NOT NULL,
    PRIMARY KEY (customer, hour_us, user_id, token, way, what)
) STRICT, WITHOUT ROWID;
CREATE INDEX reads_last ON reads (last_us);
CREATE INDEX reads_reader ON reads (user_id, token, last_us);

-- What other programs asked for under a key of theirs, so that it is done once: what was asked, as a
-- digest, and what was made of it.
CREATE TABLE asked (
    key_blind BLOB PRIMARY KEY,
    request   BLOB NOT NULL,
    made      INTEGER NOT NULL,         -- an act, or a message that leaves
    at_us     INTEGER NOT NULL
) STRICT;
CREATE INDEX asked_time ON asked (at_us);

-- What other programs sent us, and what we fetched from them: what became of it, without what it said.
-- What is sent once more under the same key of theirs gets the same answer.
CREATE TABLE intakes (
    id        INTEGER PRIMARY KEY,
    source    TEXT NOT NULL,            -- inbound NAME, pull NAME
    key_blind BLOB UNIQUE,            -- nothing where it may come again
    at_us     INTEGER NOT NULL,
    batch     INTEGER,                    -- the import, if anything was written
    answer    TEXT NOT NULL             -- JSON: places, numbers and reasons
) STRICT;
CREATE INDEX intakes_source ON intakes (source, at_us);

-- What colleagues chose for themselves, by a word of the commands. It goes over the configuration,
-- which sets them anew at each start. User 0 is the house.
CREATE TABLE preferences (
    user_id INTEGER NOT NULL,
    name    TEXT NOT NULL,
    value   TEXT NOT NULL,
    at_us   INTEGER NOT NULL,
    PRIMARY KEY (user_id, name)
) STRICT, WITHOUT ROWID;

-- What the nightly look at all customers found of each: figures only.
CREATE TABLE insights (
    customer INTEGER PRIMARY KEY,
    at_us    INTEGER NOT NULL,
    layout   TEXT NOT NULL,             -- which figures stand in which order
    figures  TEXT NOT NULL,             -- JSON: numbers, null where nothing is known
    churn    REAL,                      -- how likely they fall silent, from 0 to 1
    band     TEXT CHECK (band IN ('low', 'medium', 'high')),
    reasons  TEXT,                      -- JSON: the figures that speak most for it
    strange  REAL,                      -- how unlike others they are, for the few who are most
    strange_reasons TEXT                -- JSON: the figures that make them so
) STRICT;
CREATE INDEX insights_churn ON insights (churn) WHERE churn IS NOT NULL;

-- What was learnt from all customers, newest last. It names nobody.
CREATE TABLE models (
    kind    TEXT NOT NULL,
    made_us INTEGER NOT NULL,
    value   TEXT NOT NULL,              -- JSON
    PRIMARY KEY (kind, made_us)
) STRICT, WITHOUT ROWID;

-- What was not kept any more because of its age: how much of what, and nothing of whom.
CREATE TABLE forgotten (
    id        INTEGER PRIMARY KEY,
    at_us     INTEGER NOT NULL,
    kind      TEXT NOT NULL,
    before_us INTEGER NOT NULL,
    n         INTEGER NOT NULL
) STRICT;
CREATE INDEX forgotten_time ON forgotten (at_us);

-- What the search index has yet to take over, in the order of commit.
CREATE TABLE index_entries (
    seq  INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    record INTEGER NOT NULL
) STRICT;

-- How far each process has taken the entries into its index.
CREATE TABLE tails (
    name  TEXT NOT NULL PRIMARY KEY,
    seq   INTEGER NOT NULL,
    at_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What only one process may do at a time, such as reading a mailbox.
CREATE TABLE leases (
    name     TEXT NOT NULL PRIMARY KEY,
    holder   TEXT NOT NULL,
    until_us INTEGER NOT NULL,
    fence    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Facts about the store itself, such as the check value of its key.
CREATE TABLE meta (
    name  TEXT NOT NULL PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;
