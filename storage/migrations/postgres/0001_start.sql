-- The first schema: the whole domain, so that later work adds screens, not tables.
--
-- Ids are made by the application. Times are microseconds since 1970, UTC. A row's sealed
-- columns (BYTEA) are encrypted with the key that its key_id names; *_blind columns are HMACs
-- for look-up. `deleted_us` marks what a person took away and may bring back. Yes and no are
-- 1 and 0. The two databases have the same tables and columns; a test compares them. Only here,
-- `xid` names the transaction: rows become visible in another order than they were numbered, so
-- whoever follows them reads those of finished transactions, in the order of these.

CREATE TABLE counters (
    kind   TEXT NOT NULL PRIMARY KEY,   -- customer, company, deal, ticket, task, campaign; lease_expiries/QUEUE
    next   BIGINT NOT NULL             -- the next short number; how many there were
);

CREATE TABLE users (
    id            BIGINT PRIMARY KEY,
    key_id        BIGINT NOT NULL,
    handle        TEXT NOT NULL UNIQUE,
    name          TEXT,
    address       BYTEA,
    address_blind BYTEA,
    role          TEXT NOT NULL CHECK (role IN ('owner', 'manager', 'rep', 'viewer')),
    scope         TEXT CHECK (scope IN ('all', 'team', 'own')),
    team          BIGINT,
    zone          TEXT,
    language      TEXT,
    active        BIGINT,
    deleted_us    BIGINT
);
CREATE UNIQUE INDEX users_address ON users (address_blind);

CREATE TABLE teams (
    id         BIGINT PRIMARY KEY,
    key_id     BIGINT NOT NULL,
    name       TEXT NOT NULL UNIQUE,
    hours      TEXT,
    address    TEXT,
    deleted_us BIGINT
);

-- A chat account that a colleague proved to be theirs.
CREATE TABLE bindings (
    channel       TEXT NOT NULL,
    account_blind BYTEA NOT NULL,
    user_id       BIGINT NOT NULL,
    key_id        BIGINT NOT NULL,
    account       BYTEA NOT NULL,
    bound_us      BIGINT NOT NULL,
    PRIMARY KEY (channel, account_blind),
    UNIQUE (channel, user_id)
);

CREATE TABLE mailboxes (
    id        BIGINT PRIMARY KEY,
    key_id    BIGINT NOT NULL,
    name      TEXT NOT NULL UNIQUE,
    address   BYTEA,
    team      BIGINT,
    signature BYTEA
);

CREATE TABLE companies (
    id          BIGINT PRIMARY KEY,
    key_id      BIGINT NOT NULL,
    number      BIGINT NOT NULL UNIQUE,
    name        BYTEA,
    owner       BIGINT,
    tags        TEXT,
    attrs       BYTEA,
    merged_into BIGINT,
    deleted_us  BIGINT
);

CREATE TABLE customers (
    id            BIGINT PRIMARY KEY,
    key_id        BIGINT NOT NULL,
    number        BIGINT NOT NULL UNIQUE,
    name          BYTEA,
    company       BIGINT,
    lifecycle     TEXT CHECK (lifecycle IN ('lead', 'customer', 'dormant', 'lost')),
    owner         BIGINT,
    language      TEXT,
    zone          TEXT,
    mood          DOUBLE PRECISION,
    tags          TEXT,
    attrs         BYTEA,
    first_contact BIGINT,
    last_in       BIGINT,
    last_out      BIGINT,
    n_in          BIGINT,
    n_out         BIGINT,
    segment       TEXT,                 -- the segment that they were last found in
    restricted_at BIGINT,              -- since then what is held of them is kept and shown, and nothing else
    held_at       BIGINT,              -- since then no rule of retention takes anything of theirs
    merged_into   BIGINT,
    erased_us     BIGINT,
    deleted_us    BIGINT
);
CREATE INDEX customers_company ON customers (company) WHERE company IS NOT NULL;
CREATE INDEX customers_owner ON customers (owner);

-- By what a customer or company is known. A row without either belongs to nobody yet:
-- a machine, or somebody whom only the house wrote to.
CREATE TABLE identities (
    id          BIGINT PRIMARY KEY,
    key_id      BIGINT NOT NULL,
    customer    BIGINT,
    company     BIGINT,
    channel     TEXT NOT NULL,          -- email, domain, phone, telegram, discord
    value       BYTEA NOT NULL,
    value_blind BYTEA NOT NULL,
    name        BYTEA,
    verified    BIGINT,
    deleted_us  BIGINT
);
CREATE UNIQUE INDEX identities_value ON identities (channel, value_blind);
CREATE INDEX identities_customer ON identities (customer) WHERE customer IS NOT NULL;
CREATE INDEX identities_company ON identities (company) WHERE company IS NOT NULL;

CREATE TABLE threads (
    id          BIGINT PRIMARY KEY,
    key_id      BIGINT NOT NULL,
    channel     TEXT NOT NULL,
    subject     BYTEA,
    customer    BIGINT,
    owner       BIGINT,
    muted       BIGINT,
    joined_into BIGINT,                -- the conversation that it is a part of
    perhaps     BIGINT,                -- the one that it says it belongs to, unproven
    first_us    BIGINT NOT NULL,
    last_us     BIGINT NOT NULL,
    last_in_us  BIGINT,                -- the last human message from outside
    last_out_us BIGINT,                -- the last human message from the house
    n_messages  BIGINT NOT NULL,
    deleted_us  BIGINT
);
CREATE INDEX threads_customer ON threads (customer, last_us);
CREATE INDEX threads_joined ON threads (joined_into) WHERE joined_into IS NOT NULL;

-- Every message id we have seen, or seen answered, and its conversation.
CREATE TABLE thread_refs (
    ref_blind BYTEA NOT NULL PRIMARY KEY,
    thread    BIGINT NOT NULL
);

CREATE TABLE messages (
    id                BIGINT PRIMARY KEY,
    key_id            BIGINT NOT NULL,
    thread            BIGINT NOT NULL,
    customer          BIGINT,
    author            BIGINT,          -- the colleague who wrote it
    channel           TEXT NOT NULL,
    account           TEXT NOT NULL,
    direction         TEXT NOT NULL CHECK (direction IN ('in', 'out', 'internal')),
    automation        TEXT NOT NULL,
    automation_reason TEXT,
    trust             TEXT CHECK (trust IN ('pass', 'fail', 'none')), -- null where nobody checks
    history           BIGINT NOT NULL,
    sent_at           BIGINT,
    received_at       BIGINT NOT NULL,
    language          TEXT,
    intent            TEXT,
    intent_p          DOUBLE PRECISION,
    mood              TEXT,
    score             DOUBLE PRECISION,
    urgent            BIGINT,
    engine            TEXT,             -- null until it was understood
    corrected         TEXT,             -- what a colleague says it should have been read as
    n_attachments     BIGINT NOT NULL,
    message_ref       BYTEA NOT NULL,    -- its Message-ID
    subject           BYTEA NOT NULL,
    trimmed           BYTEA,             -- null where the whole body is its own text
    reading           BYTEA,
    calendar          BYTEA,            -- the meeting that it is about, JSON
    body              BYTEA NOT NULL     -- zstd
);
CREATE INDEX messages_thread ON messages (thread, received_at);
CREATE INDEX messages_customer ON messages (customer, received_at) WHERE customer IS NOT NULL;
CREATE INDEX messages_time ON messages (received_at);

-- The bytes as they arrived, zstd; over 64 kB in a file under blobs/.
CREATE TABLE raws (
    message BIGINT PRIMARY KEY,
    key_id  BIGINT NOT NULL,
    bytes   BIGINT NOT NULL,           -- length before compression
    blob    TEXT,                       -- name of the file
    raw     BYTEA
);

CREATE TABLE parties (
    message  BIGINT NOT NULL,
    role     TEXT NOT NULL CHECK (role IN ('from', 'to', 'cc', 'reply_to')),
    position BIGINT NOT NULL,
    identity BIGINT NOT NULL,
    PRIMARY KEY (message, role, position)
);
CREATE INDEX parties_identity ON parties (identity);

CREATE TABLE attachments (
    id      BIGINT PRIMARY KEY,
    key_id  BIGINT NOT NULL,
    message BIGINT NOT NULL,
    name    BYTEA NOT NULL,
    mime    TEXT NOT NULL,
    bytes   BIGINT NOT NULL,
    digest  TEXT NOT NULL,
    inline  BIGINT NOT NULL,
    kept    BIGINT NOT NULL        -- 0 where its bytes are in the mailbox alone
);
CREATE INDEX attachments_message ON attachments (message);

-- What was taken in, by whatever key its source knows it, and what became of it: the ledger. One row
-- per source and key.
CREATE TABLE seen (
    source  TEXT NOT NULL,
    key     BYTEA NOT NULL,
    record  BIGINT NOT NULL,           -- the message, or the quarantine row
    fate    TEXT NOT NULL CHECK (fate IN ('new', 'threaded', 'automated', 'duplicate', 'quarantined')),
    at_us   BIGINT NOT NULL,
    PRIMARY KEY (source, key)
);

CREATE TABLE quarantine (
    id      BIGINT PRIMARY KEY,
    key_id  BIGINT NOT NULL,
    channel TEXT NOT NULL,
    account TEXT NOT NULL,
    reason  TEXT NOT NULL,
    detail  BYTEA NOT NULL,              -- names the place, so it is sealed
    bytes   BIGINT NOT NULL,
    blob    TEXT,
    raw     BYTEA,
    at_us   BIGINT NOT NULL
);

CREATE TABLE cursors (
    account TEXT NOT NULL,
    scope   TEXT NOT NULL,
    token   TEXT NOT NULL,
    at_us   BIGINT NOT NULL,
    PRIMARY KEY (account, scope)
);

CREATE TABLE pipelines (
    id         BIGINT PRIMARY KEY,
    key_id     BIGINT NOT NULL,
    name       TEXT NOT NULL UNIQUE,
    stages     TEXT NOT NULL,           -- JSON: [{"name","probability"}]
    deleted_us BIGINT
);

CREATE TABLE deals (
    id          BIGINT PRIMARY KEY,
    key_id      BIGINT NOT NULL,
    number      BIGINT NOT NULL UNIQUE,
    title       BYTEA,
    customer    BIGINT,
    company     BIGINT,
    thread      BIGINT,
    pipeline    BIGINT,
    stage       TEXT,
    amount      BIGINT,
    currency    TEXT,
    close_at    BIGINT,
    owner       BIGINT,
    lost_reason BYTEA,
    attrs       BYTEA,
    deleted_us  BIGINT
);
CREATE INDEX deals_customer ON deals (customer);
CREATE INDEX deals_owner ON deals (owner);

CREATE TABLE products (
    id         BIGINT PRIMARY KEY,
    key_id     BIGINT NOT NULL,
    sku        TEXT UNIQUE,
    name       TEXT,
    price      BIGINT,
    currency   TEXT,
    active     BIGINT,
    deleted_us BIGINT
);

CREATE TABLE orders (
    id              BIGINT PRIMARY KEY,
    key_id          BIGINT NOT NULL,
    reference       BYTEA,
    reference_blind BYTEA UNIQUE,
    customer        BIGINT,
    company         BIGINT,
    deal            BIGINT,
    state           TEXT,
    total           BIGINT,
    currency        TEXT,
    placed_at       BIGINT,
    deleted_us      BIGINT
);
CREATE INDEX orders_customer ON orders (customer);

-- The lines of deals and orders.
CREATE TABLE lines (
    record    BIGINT NOT NULL,
    position  BIGINT NOT NULL,
    product   BIGINT,
    quantity  DOUBLE PRECISION NOT NULL,
    price     BIGINT NOT NULL,
    currency  TEXT NOT NULL,
    PRIMARY KEY (record, position)
);

CREATE TABLE tickets (
    id              BIGINT PRIMARY KEY,
    key_id          BIGINT NOT NULL,
    number          BIGINT NOT NULL UNIQUE,
    title           BYTEA,
    customer        BIGINT,
    company         BIGINT,
    thread          BIGINT,
    message         BIGINT,
    owner           BIGINT,
    priority        TEXT CHECK (priority IN ('low', 'normal', 'high', 'urgent')),
    status          TEXT CHECK (status IN ('open', 'pending', 'closed')),
    opened_at       BIGINT,
    first_answer_at BIGINT,
    closed_at       BIGINT,
    reopened        BIGINT,
    snoozed_until   BIGINT,
    deleted_us      BIGINT
);
CREATE INDEX tickets_thread ON tickets (thread);
CREATE INDEX tickets_customer ON tickets (customer);
CREATE INDEX tickets_owner ON tickets (owner);
CREATE INDEX tickets_open ON tickets (status, opened_at) WHERE status <> 'closed';

CREATE TABLE tasks (
    id         BIGINT PRIMARY KEY,
    key_id     BIGINT NOT NULL,
    number     BIGINT NOT NULL UNIQUE,
    title      BYTEA,
    due        BIGINT,
    done_at    BIGINT,
    owner      BIGINT,
    customer   BIGINT,
    deal       BIGINT,
    ticket     BIGINT,
    thread     BIGINT,
    message    BIGINT,
    promise    TEXT CHECK (promise IN ('house', 'customer')), -- whose it is, of a task that follows one
    deleted_us BIGINT
);
CREATE INDEX tasks_due ON tasks (due) WHERE done_at IS NULL;
CREATE INDEX tasks_thread ON tasks (thread) WHERE thread IS NOT NULL;
CREATE INDEX tasks_customer ON tasks (customer) WHERE customer IS NOT NULL;
CREATE INDEX tasks_owner ON tasks (owner);

CREATE TABLE notes (
    id         BIGINT PRIMARY KEY,
    key_id     BIGINT NOT NULL,
    body       BYTEA,
    customer   BIGINT,
    company    BIGINT,
    deal       BIGINT,
    ticket     BIGINT,
    message    BIGINT,
    author     BIGINT,
    interaction TEXT CHECK (interaction IN ('call', 'meeting')), -- null where it only was written down
    outcome    TEXT CHECK (outcome IN ('reached', 'no_answer', 'left_message')),
    minutes    BIGINT,
    deleted_us BIGINT
);
CREATE INDEX notes_customer ON notes (customer) WHERE customer IS NOT NULL;

CREATE TABLE consents (
    id         BIGINT PRIMARY KEY,
    key_id     BIGINT NOT NULL,
    customer   BIGINT,
    purpose    TEXT,
    channel    TEXT,
    state      TEXT,
    via        TEXT,                   -- by what they said it: mail, link, preferences, complaint, colleague
    message    BIGINT,
    at         BIGINT,
    deleted_us BIGINT
);
CREATE INDEX consents_customer ON consents (customer, purpose, at);

-- What customers think of what was done for them: one row for each link that asked.
CREATE TABLE ratings (
    id         BIGINT PRIMARY KEY,
    key_id     BIGINT NOT NULL,
    score      BIGINT CHECK (score BETWEEN 1 AND 5),
    comment    BYTEA,
    customer   BIGINT,
    ticket     BIGINT,
    thread     BIGINT,
    owner      BIGINT,                 -- the colleague who was rated
    at         BIGINT,
    deleted_us BIGINT
);
CREATE INDEX ratings_customer ON ratings (customer);

-- What customers ask of the house about what it holds of them. Once they are erased, it still says that
-- they asked and what was done, and of whom no more.
CREATE TABLE privacy_requests (
    id           BIGINT PRIMARY KEY,
    key_id       BIGINT NOT NULL,
    number       BIGINT NOT NULL UNIQUE,
    customer     BIGINT,
    message      BIGINT,
    ticket       BIGINT,
    rights       TEXT,                 -- names with commas
    law          TEXT CHECK (law IN ('gdpr', 'ccpa')),
    received_at  BIGINT,
    due          BIGINT,
    state        TEXT CHECK (state IN ('open', 'verified', 'done', 'refused')),
    proven_by    TEXT CHECK (proven_by IN ('mail', 'link')),
    proven_at    BIGINT,
    link_sent_at BIGINT,
    extended_at  BIGINT,
    extension    BYTEA,                 -- why there is more time
    reason       BYTEA,                 -- why it was refused
    answered_by  BIGINT,
    answered_at  BIGINT,
    deleted_us   BIGINT
);
CREATE INDEX privacy_requests_customer ON privacy_requests (customer);
CREATE INDEX privacy_requests_due ON privacy_requests (due) WHERE answered_at IS NULL;

CREATE TABLE campaigns (
    id            BIGINT PRIMARY KEY,
    key_id        BIGINT NOT NULL,
    number        BIGINT NOT NULL UNIQUE,
    name          TEXT,
    segment       TEXT,                 -- whom it is for, as it was written
    template      TEXT,
    template_b    TEXT,                 -- the other text, of which share_b in a hundred get a copy
    share_b       BIGINT,
    per_hour      BIGINT,
    per_day       BIGINT,
    between_hours TEXT,                 -- 10:00-16:00, besides the house's hours
    state         TEXT CHECK (state IN ('draft', 'running', 'stopped', 'done')),
    author        BIGINT,               -- by whose sight its recipients are found
    starts_at     BIGINT,
    enlisted_at   BIGINT,               -- since when all its recipients are known
    ended_at      BIGINT,
    deleted_us    BIGINT
);

-- To whom a campaign writes. Ids and plain figures only.
CREATE TABLE campaign_recipients (
    campaign  BIGINT NOT NULL,
    customer  BIGINT NOT NULL,
    variant   TEXT NOT NULL CHECK (variant IN ('a', 'b')),
    due_us    BIGINT NOT NULL,          -- not written to before
    mailed_us BIGINT,
    outbound  BIGINT,                   -- the mail
    left_out  TEXT,                     -- why they are not written to after all
    PRIMARY KEY (campaign, customer)
);
CREATE INDEX campaign_recipients_waiting ON campaign_recipients (campaign, due_us, customer)
    WHERE mailed_us IS NULL AND left_out IS NULL;
CREATE INDEX campaign_recipients_mailed ON campaign_recipients (campaign, mailed_us) WHERE mailed_us IS NOT NULL;
CREATE INDEX campaign_recipients_outbound ON campaign_recipients (outbound) WHERE outbound IS NOT NULL;

CREATE TABLE custom_fields (
    id          BIGINT PRIMARY KEY,
    key_id      BIGINT NOT NULL,
    record_kind TEXT,
    name        TEXT,
    label       TEXT,
    ty          TEXT,
    protection  TEXT,
    deleted_us  BIGINT
);

CREATE TABLE schedules (
    id         BIGINT PRIMARY KEY,
    key_id     BIGINT NOT NULL,
    name       TEXT NOT NULL UNIQUE,
    expression TEXT,
    zone       TEXT,
    missed     TEXT,
    enabled    BIGINT,
    last_us    BIGINT,                 -- the last planned time that was handled
    next_us    BIGINT,
    deleted_us BIGINT
);

-- The files of rules that the service worked by: their history says since when.
CREATE TABLE rule_files (
    id         BIGINT PRIMARY KEY,
    key_id     BIGINT NOT NULL,
    name       TEXT NOT NULL UNIQUE,
    source     TEXT,
    deleted_us BIGINT
);

-- What happened. Ids and plain figures only.
CREATE TABLE events (
    id          BIGINT PRIMARY KEY,
    at_us       BIGINT NOT NULL,
    name        TEXT NOT NULL,          -- what sort of thing happened
    record_kind TEXT,
    record      BIGINT,
    cause       BIGINT,
    depth       BIGINT NOT NULL,
    what        TEXT NOT NULL           -- JSON
);
CREATE INDEX events_time ON events (at_us);
CREATE INDEX events_record ON events (record) WHERE record IS NOT NULL;

-- The journal: acts, and in each act the changes of records.
CREATE TABLE acts (
    id        BIGINT PRIMARY KEY,
    at_us     BIGINT NOT NULL,
    actor     TEXT NOT NULL,
    cause     BIGINT,                  -- event
    undoes    BIGINT,                  -- act
    undone_by BIGINT                   -- act
);
CREATE INDEX acts_actor ON acts (actor, id);
CREATE INDEX acts_cause ON acts (cause) WHERE cause IS NOT NULL;

CREATE TABLE changes (
    id          BIGINT PRIMARY KEY,
    act         BIGINT NOT NULL,
    record_kind TEXT NOT NULL,
    record      BIGINT NOT NULL,
    op          TEXT NOT NULL CHECK (op IN ('create', 'update', 'delete', 'restore', 'erase')),
    names       TEXT NOT NULL,          -- the fields, so that history can be filtered unopened
    key_id      BIGINT NOT NULL,
    fields      BYTEA NOT NULL,          -- JSON: [{"field","before","after"}]
    digest      BYTEA NOT NULL,          -- of the sealed fields when they were written
    seq         BIGINT NOT NULL,       -- counts within the record, from 1
    mac         BYTEA NOT NULL,          -- HMAC over this row and the record's mac before
    xid         XID8 NOT NULL DEFAULT pg_current_xact_id()
);
CREATE INDEX changes_xid ON changes (xid);
CREATE INDEX changes_act ON changes (act);
CREATE UNIQUE INDEX changes_record ON changes (record, seq);

-- Journal rows whose words an erasure took: the digest of what they hold now.
CREATE TABLE redactions (
    change_id BIGINT PRIMARY KEY,
    erasure   BIGINT NOT NULL,
    digest    BYTEA NOT NULL,
    mac       BYTEA NOT NULL
);

-- The seals over all changes, in the order they were committed: each covers those after the
-- seal before it, up to a mark, and that seal.
CREATE TABLE seals (
    id       BIGINT PRIMARY KEY,
    upto     BIGINT NOT NULL,          -- the mark: a change, or a transaction of the server
    n        BIGINT NOT NULL,
    mac      BYTEA NOT NULL,
    at_us    BIGINT NOT NULL
);

-- What was erased, so that every restore can erase it again. No names: blind values only.
CREATE TABLE erasures (
    id       BIGINT PRIMARY KEY,
    customer BIGINT NOT NULL,
    at_us    BIGINT NOT NULL,
    actor    TEXT NOT NULL,
    blinds   TEXT NOT NULL,             -- JSON: the blind values of the addresses
    proof    TEXT NOT NULL,             -- JSON: what was destroyed, redacted and left
    mac      BYTEA NOT NULL
);

CREATE TABLE jobs (
    id            BIGINT PRIMARY KEY,
    queue         TEXT NOT NULL,
    priority      BIGINT NOT NULL,
    task          TEXT NOT NULL,        -- JSON, ids only
    run_at_us     BIGINT NOT NULL,
    rank_us       BIGINT NOT NULL,     -- run_at, later for the many of one lane
    lane          BIGINT,              -- who or what wants it done
    state         BIGINT NOT NULL,     -- 0 waits, 1 claimed, 2 given up
    attempts      BIGINT NOT NULL,
    fence         BIGINT NOT NULL,
    lease_us      BIGINT,
    idem_key      TEXT UNIQUE,
    correlation   BIGINT,
    last_error    TEXT
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);
CREATE INDEX jobs_due ON jobs (queue, priority, rank_us, id) WHERE state = 0;
CREATE INDEX jobs_lane ON jobs (lane) WHERE state = 0 AND lane IS NOT NULL;
CREATE INDEX jobs_lease ON jobs (lease_us) WHERE state = 1;
CREATE INDEX jobs_given_up ON jobs (id) WHERE state = 2;
CREATE INDEX jobs_correlation ON jobs (correlation) WHERE correlation IS NOT NULL;

-- Keys of jobs that were done, so that none is done twice.
CREATE TABLE jobs_done (
    idem_key TEXT NOT NULL PRIMARY KEY,
    at_us    BIGINT NOT NULL
);

-- What rules did where that is limited, and whom they gave customers to.
CREATE TABLE firings (
    id       BIGINT PRIMARY KEY,
    rule     TEXT NOT NULL,
    customer BIGINT,
    given    BIGINT,                   -- the colleague
    at_us    BIGINT NOT NULL
);
CREATE INDEX firings_rule ON firings (rule, at_us);
CREATE INDEX firings_customer ON firings (customer, rule, at_us) WHERE customer IS NOT NULL;
CREATE INDEX firings_given ON firings (given, at_us) WHERE given IS NOT NULL;

-- Alerts to colleagues: told, or waiting to be told with others of the sort, and whether they were of use.
CREATE TABLE alerts (
    id       BIGINT PRIMARY KEY,      -- the notice that tells it
    reader   BIGINT NOT NULL,
    text     TEXT NOT NULL,
    rule     TEXT NOT NULL,
    customer BIGINT,
    at_us    BIGINT NOT NULL,
    state    BIGINT NOT NULL,         -- 0 told, 1 waits, 2 told with others
    useful   BIGINT
);
CREATE INDEX alerts_time ON alerts (at_us);
CREATE INDEX alerts_reader ON alerts (reader, text, state, at_us);

CREATE TABLE outbox (
    id          BIGINT PRIMARY KEY,
    key_id      BIGINT NOT NULL,
    channel     TEXT NOT NULL,
    to_user     BIGINT,
    to_customer BIGINT,
    to_chat     BIGINT,                 -- a chat as such
    edits       BIGINT,                 -- the message of that chat which it takes the place of
    lane        BIGINT NOT NULL,        -- what leaves first
    thread      BIGINT,
    answers     BIGINT,
    about_kind  TEXT,
    about       BIGINT,
    cause       BIGINT,
    automatic   BIGINT NOT NULL,
    purpose     TEXT,                   -- of an automatic mail to a customer
    author      BIGINT,                -- the colleague who wrote it
    text        TEXT NOT NULL,
    subject     BYTEA,
    body        BYTEA NOT NULL,
    html        BYTEA,
    cc          BYTEA,                 -- JSON: who gets a copy
    send_at_us  BIGINT NOT NULL,
    idem_key    TEXT NOT NULL UNIQUE,
    state       TEXT NOT NULL CHECK (state IN ('draft', 'pending', 'sending', 'sent', 'unknown', 'failed', 'cancelled')),
    attempts    BIGINT NOT NULL,
    lease_us    BIGINT,
    reference   TEXT,
    error       TEXT,
    bounce      TEXT,                   -- how it came back: hard, full, …
    at_us       BIGINT NOT NULL,
    sent_us     BIGINT
);
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
    id       BIGINT PRIMARY KEY,
    key_id   BIGINT NOT NULL,
    outbound BIGINT NOT NULL,
    name     BYTEA NOT NULL,
    mime     TEXT NOT NULL,
    bytes    BYTEA NOT NULL
);
CREATE INDEX outbox_files_outbound ON outbox_files (outbound);

-- Who writes an answer in which conversation, so that two do not write the same.
CREATE TABLE drafting (
    thread BIGINT NOT NULL,
    author BIGINT NOT NULL,
    at_us  BIGINT NOT NULL,
    PRIMARY KEY (thread, author)
);

-- What came in by a chat. Without its words once it was answered; the row keeps it from being taken
-- in again.
CREATE TABLE updates (
    id       BIGINT PRIMARY KEY,
    channel  TEXT NOT NULL,
    key      TEXT NOT NULL,             -- what the chat calls it
    chat     BIGINT NOT NULL,
    key_id   BIGINT NOT NULL,
    payload  BYTEA,
    at_us    BIGINT NOT NULL,
    done_us  BIGINT,
    UNIQUE (channel, key)
);
CREATE INDEX updates_waiting ON updates (channel, id) WHERE done_us IS NULL;
CREATE INDEX updates_done ON updates (done_us) WHERE done_us IS NOT NULL;

-- What a colleague did last in a chat: the draft in hand, the question that waits.
CREATE TABLE chat_sessions (
    id      BIGINT PRIMARY KEY,
    channel TEXT NOT NULL,
    chat    BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    key_id  BIGINT NOT NULL,
    state   BYTEA NOT NULL,
    at_us   BIGINT NOT NULL,
    UNIQUE (channel, chat, user_id)
);

-- What pressing a button of a chat does. Its name there says nothing.
CREATE TABLE buttons (
    id         BIGINT PRIMARY KEY,
    user_id    BIGINT NOT NULL,           -- who may press it
    key_id     BIGINT NOT NULL,
    command    BYTEA NOT NULL,
    record_kind TEXT,                    -- what it would change, and the last change of it
    record     BIGINT,
    seq        BIGINT,
    expires_us BIGINT NOT NULL
);
CREATE INDEX buttons_expires ON buttons (expires_us);

-- By what colleagues prove that a chat account is theirs: once, for some minutes.
CREATE TABLE link_codes (
    code_blind BYTEA PRIMARY KEY,
    user_id    BIGINT NOT NULL,
    expires_us BIGINT NOT NULL
);

-- By what other programs prove for whom they ask. The secret itself is nowhere: what is kept of it
-- finds it, and cannot be turned back. A row stays when its token was revoked.
CREATE TABLE tokens (
    number     BIGINT PRIMARY KEY,
    proof      BYTEA NOT NULL UNIQUE,
    name       TEXT NOT NULL,
    user_id    BIGINT NOT NULL,
    role       TEXT NOT NULL,
    scope      TEXT NOT NULL,
    made_us    BIGINT NOT NULL,
    expires_us BIGINT NOT NULL,
    used_us    BIGINT,                 -- noted once a day
    revoked_us BIGINT
);

-- By what colleagues come to the pages of the house: a link that opens once, within minutes, and then a
-- cookie. Neither is anywhere: what is kept of them finds them, and cannot be turned back. A row stays
-- for a year, as what tells who came when and by what.
CREATE TABLE visits (
    link_proof   BYTEA PRIMARY KEY,
    cookie_proof BYTEA UNIQUE,
    user_id      BIGINT NOT NULL,
    via          TEXT NOT NULL,            -- chat, form, operator
    made_us      BIGINT NOT NULL,
    role         TEXT,                     -- as they were when the link was opened
    scope        TEXT,
    begun_us     BIGINT,
    seen_us      BIGINT,                  -- noted each few minutes
    ended_us     BIGINT
);
CREATE INDEX visits_made ON visits (made_us);

-- Who looked at what of a customer, which way: a row for each hour in which they did, and how often. No
-- words. Customer 0 stands for a list of many, of which only the length is kept. Rows of somebody who was
-- merged keep their number, and are found with whoever they were merged into.
CREATE TABLE reads (
    customer BIGINT NOT NULL,
    hour_us  BIGINT NOT NULL,
    user_id  BIGINT NOT NULL,            -- 0: whoever runs the service
    token    BIGINT NOT NULL,            -- 0: without one
    way      TEXT NOT NULL,            -- chat, api, page, cli
    what     TEXT NOT NULL,            -- card, timeline, history, thread, message, found, export, list
    n        BIGINT NOT NULL,
    first_us BIGINT NOT NULL,
    last_us  BIGINT NOT NULL,
    PRIMARY KEY (customer, hour_us, user_id, token, way, what)
);
CREATE INDEX reads_last ON reads (last_us);
CREATE INDEX reads_reader ON reads (user_id, token, last_us);

-- What other programs asked for under a key of theirs, so that it is done once: what was asked, as a
-- digest, and what was made of it.
CREATE TABLE asked (
    key_blind BYTEA PRIMARY KEY,
    request   BYTEA NOT NULL,
    made      BIGINT NOT NULL,         -- an act, or a message that leaves
    at_us     BIGINT NOT NULL
);
CREATE INDEX asked_time ON asked (at_us);

-- What other programs sent us, and what we fetched from them: what became of it, without what it said.
-- What is sent once more under the same key of theirs gets the same answer.
CREATE TABLE intakes (
    id        BIGINT PRIMARY KEY,
    source    TEXT NOT NULL,            -- inbound NAME, pull NAME
    key_blind BYTEA UNIQUE,            -- nothing where it may come again
    at_us     BIGINT NOT NULL,
    batch     BIGINT,                    -- the import, if anything was written
    answer    TEXT NOT NULL             -- JSON: places, numbers and reasons
);
CREATE INDEX intakes_source ON intakes (source, at_us);

-- What colleagues chose for themselves, by a word of the commands. It goes over the configuration,
-- which sets them anew at each start. User 0 is the house.
CREATE TABLE preferences (
    user_id BIGINT NOT NULL,
    name    TEXT NOT NULL,
    value   TEXT NOT NULL,
    at_us   BIGINT NOT NULL,
    PRIMARY KEY (user_id, name)
);

-- What the nightly look at all customers found of each: figures only.
CREATE TABLE insights (
    customer BIGINT PRIMARY KEY,
    at_us    BIGINT NOT NULL,
    layout   TEXT NOT NULL,             -- which figures stand in which order
    figures  TEXT NOT NULL,             -- JSON: numbers, null where nothing is known
    churn    DOUBLE PRECISION,                      -- how likely they fall silent, from 0 to 1
    band     TEXT CHECK (band IN ('low', 'medium', 'high')),
    reasons  TEXT,                      -- JSON: the figures that speak most for it
    strange  DOUBLE PRECISION,          -- how unlike others they are, for the few who are most
    strange_reasons TEXT                -- JSON: the figures that make them so
);
CREATE INDEX insights_churn ON insights (churn) WHERE churn IS NOT NULL;

-- What was learnt from all customers, newest last. It names nobody.
CREATE TABLE models (
    kind    TEXT NOT NULL,
    made_us BIGINT NOT NULL,
    value   TEXT NOT NULL,              -- JSON
    PRIMARY KEY (kind, made_us)
);

-- What was not kept any more because of its age: how much of what, and nothing of whom.
CREATE TABLE forgotten (
    id        BIGINT PRIMARY KEY,
    at_us     BIGINT NOT NULL,
    kind      TEXT NOT NULL,
    before_us BIGINT NOT NULL,
    n         BIGINT NOT NULL
);
CREATE INDEX forgotten_time ON forgotten (at_us);

-- What the search index has yet to take over, in the order of commit.
CREATE TABLE index_entries (
    seq  BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind TEXT NOT NULL,
    record BIGINT NOT NULL,
    xid XID8 NOT NULL DEFAULT pg_current_xact_id()
);
CREATE INDEX index_entries_xid ON index_entries (xid);

-- How far each process has taken the entries into its index.
CREATE TABLE tails (
    name  TEXT NOT NULL PRIMARY KEY,
    seq   BIGINT NOT NULL,
    at_us BIGINT NOT NULL
);

-- What only one process may do at a time, such as reading a mailbox.
CREATE TABLE leases (
    name     TEXT NOT NULL PRIMARY KEY,
    holder   TEXT NOT NULL,
    until_us BIGINT NOT NULL,
    fence    BIGINT NOT NULL
);

-- Facts about the store itself, such as the check value of its key.
CREATE TABLE meta (
    name  TEXT NOT NULL PRIMARY KEY,
    value BYTEA NOT NULL
);
