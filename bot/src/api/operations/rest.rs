//! All else: the house, conversations, answers, search, digests, jobs, what was done.

use rapport_model::people::Role;

use super::super::operation::{Answers, Group, Method, Operation, Param, Takes};
use super::super::schema::Shape;
use super::super::{audit, house, jobs, mail, replies, search, types};
use super::{
    CURSOR, CUSTOMER, LIMIT, OWNER, PAGE, SINCE, UNTIL, UPDATED, choice, get, list, names, one, param, post,
};

const KIND: Param = choice("kind", "Only records of this sort.", || {
    vec!["customer", "company", "deal", "task", "ticket", "note", "message", "thread"]
});
const SEARCH: &[Param] = &[
    param(
        "q",
        "What to look for, as in the chats: words, \"phrases\", -without, begin*. Without it all that passes the filters.",
        Takes::Text(512),
    ),
    KIND,
    CUSTOMER,
    choice("direction", "Only mails that went this way.", names!(rapport_model::message::Direction)),
    choice("intent", "Only mails that want this.", names!(rapport_model::reading::Intent)),
    choice("mood", "Only mails of this mood.", names!(rapport_model::reading::Mood)),
    SINCE,
    UNTIL,
    choice("order", "What comes first: what fits best, or what is newest.", || vec!["relevance", "newest"]),
    param("expand", "Whether to look for synonyms and the like, too.", Takes::Flag),
    LIMIT,
    CURSOR,
];

pub(super) const HOUSE: &[Operation] = &[
    get(
        "me",
        "/me",
        "Tells for whom a token asks, and what it may.",
        Group::House,
        Shape::of::<types::Me>(),
        |call| Box::pin(house::me(call)),
    ),
    get(
        "list_users",
        "/users",
        "Lists the colleagues.",
        Group::House,
        Shape::of::<types::Colleagues>(),
        |call| Box::pin(house::users(call)),
    ),
];

pub(super) const REST: &[Operation] = &[
    list(
        "list_threads",
        "/threads",
        "Lists conversations, those begun last first.",
        Group::Threads,
        (Shape::of::<types::Threads>(), &[OWNER, CUSTOMER, UPDATED, LIMIT, CURSOR]),
        |call| Box::pin(mail::threads(call)),
    ),
    one(
        "get_thread",
        "/threads/{id}",
        "Shows a conversation.",
        Group::Threads,
        Shape::of::<types::Thread>(),
        |call| Box::pin(mail::thread(call)),
    ),
    list(
        "list_thread_messages",
        "/threads/{id}/messages",
        "Lists the messages of a conversation, newest first.",
        Group::Threads,
        (Shape::of::<types::Messages>(), PAGE),
        |call| Box::pin(mail::messages_in(call)),
    ),
    list(
        "list_messages",
        "/messages",
        "Lists messages, newest first.",
        Group::Threads,
        (Shape::of::<types::Messages>(), &[CUSTOMER, LIMIT, CURSOR]),
        |call| Box::pin(mail::messages(call)),
    ),
    get(
        "get_message",
        "/messages/{id}",
        "Shows a message.",
        Group::Threads,
        Shape::of::<types::Message>(),
        |call| Box::pin(mail::message(call)),
    ),
    Operation {
        more: "Nothing leaves by this. The answer shows the mail as it would leave; another call sends it.",
        ..post(
            "create_reply",
            "/threads/{id}/replies",
            "Drafts an answer in a conversation.",
            Group::Drafts,
            (Some(Shape::of::<types::NewReply>()), Shape::of::<types::Draft>()),
            |call| Box::pin(replies::draft(call)),
            |call, made| Box::pin(replies::draft_again(call, made)),
        )
    },
    Operation {
        role: Role::Rep,
        ..get(
            "get_draft",
            "/drafts/{id}",
            "Shows a draft of one's own as it would leave.",
            Group::Drafts,
            Shape::of::<types::Draft>(),
            |call| Box::pin(replies::show(call)),
        )
    },
    Operation {
        more: "It leaves after some seconds, in which it can be held back. If somebody wrote since it was drafted, that is told (409) unless anyway is true.",
        answers: Answers { status: 200, shape: Shape::of::<types::Leaving>(), etag: false },
        ..post(
            "send_draft",
            "/drafts/{id}/send",
            "Lets a draft leave.",
            Group::Drafts,
            (Some(Shape::of::<types::Send>()), Shape::of::<types::Leaving>()),
            |call| Box::pin(replies::send(call)),
            |call, made| Box::pin(replies::send_again(call, made)),
        )
    },
    Operation {
        method: Method::Post,
        role: Role::Rep,
        ..get(
            "hold_draft",
            "/drafts/{id}/hold",
            "Holds back a message that is about to leave.",
            Group::Drafts,
            Shape::of::<types::HeldBack>(),
            |call| Box::pin(replies::hold(call)),
        )
    },
    Operation {
        method: Method::Delete,
        role: Role::Rep,
        ..get(
            "delete_draft",
            "/drafts/{id}",
            "Drops a draft.",
            Group::Drafts,
            Shape::of::<types::Done>(),
            |call| Box::pin(replies::drop(call)),
        )
    },
    list(
        "search",
        "/search",
        "Finds records by their words.",
        Group::Search,
        (Shape::of::<types::Results>(), SEARCH),
        |call| Box::pin(search::search(call)),
    ),
    list(
        "get_digest",
        "/digest",
        "Makes a digest of how things stand, to read.",
        Group::Digests,
        (
            Shape::of::<types::Digest>(),
            &[param(
                "days",
                "Of how many whole days, today included; of the last 24 hours, where it is not said.",
                Takes::Number(1, 366),
            )],
        ),
        |call| Box::pin(house::digest(call)),
    ),
    list(
        "list_digests",
        "/digests",
        "Lists the digests that were sent to the colleague, newest first.",
        Group::Digests,
        (Shape::of::<types::SentDigests>(), &[LIMIT]),
        |call| Box::pin(house::digests(call)),
    ),
    Operation {
        role: Role::Manager,
        whole_house: true,
        ..list(
            "list_jobs",
            "/jobs",
            "Lists the jobs that were given up, then those that wait.",
            Group::Jobs,
            (Shape::of::<types::Jobs>(), &[LIMIT]),
            |call| Box::pin(jobs::list(call)),
        )
    },
    Operation {
        method: Method::Post,
        role: Role::Manager,
        whole_house: true,
        ..get(
            "retry_job",
            "/jobs/{id}/retry",
            "Lets a job be tried again now.",
            Group::Jobs,
            Shape::of::<types::Done>(),
            |call| Box::pin(jobs::retry(call)),
        )
    },
    Operation {
        method: Method::Delete,
        role: Role::Manager,
        whole_house: true,
        ..get(
            "drop_job",
            "/jobs/{id}",
            "Drops a job: it will not be done.",
            Group::Jobs,
            Shape::of::<types::Done>(),
            |call| Box::pin(jobs::drop(call)),
        )
    },
    list(
        "list_acts",
        "/acts",
        "Lists what was done, newest first, of what the token sees.",
        Group::Audit,
        (
            Shape::of::<types::Acts>(),
            &[
                param("record", "Only what changed this record, by its number.", Takes::Text(24)),
                param("actor", "Only what this colleague did, by their short name.", Takes::Text(64)),
                SINCE,
                UNTIL,
                LIMIT,
                CURSOR,
            ],
        ),
        |call| Box::pin(audit::list(call)),
    ),
    Operation {
        more: "What something later rests on stays, and what is told why (409). An undo is an act, too.",
        answers: Answers { status: 200, shape: Shape::of::<types::Undone>(), etag: false },
        ..post(
            "undo_act",
            "/acts/{id}/undo",
            "Takes an act back.",
            Group::Audit,
            (None, Shape::of::<types::Undone>()),
            |call| Box::pin(audit::undo(call)),
            |call, made| Box::pin(audit::undo_again(call, made)),
        )
    },
];
