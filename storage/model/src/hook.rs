//! Events that leave the house for other programs.

crate::named! {
    /// Something that another program can be told of.
    pub enum HookEvent {
        /// A person wrote to the house.
        MessageReceived = "message.received",
        /// The house wrote to a customer.
        MessageSent = "message.sent",
        /// A ticket was opened.
        TicketOpened = "ticket.opened",
        /// A ticket was answered, and waits for the customer.
        TicketAnswered = "ticket.answered",
        /// A ticket was settled.
        TicketClosed = "ticket.closed",
        /// A deal was opened.
        DealOpened = "deal.opened",
        /// A deal came to another stage.
        DealMoved = "deal.moved",
        /// A deal was won.
        DealWon = "deal.won",
        /// A deal was lost.
        DealLost = "deal.lost",
        /// A customer was made.
        CustomerCreated = "customer.created",
        /// Something about a customer was changed.
        CustomerChanged = "customer.changed",
        /// A task was made.
        TaskCreated = "task.created",
        /// A task was done.
        TaskDone = "task.done",
        /// A customer rated the house.
        RatingGiven = "rating.given",
        /// A rule asked for it.
        RuleFired = "rule.fired",
    }
}

/// Returns the number by which what leaves names a webhook: the same for the same name, and no more than 52
/// bits of it.
pub fn hook_number(name: &str) -> i64 {
    // FNV-1a.
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325, step);
    (hash >> 12) as i64
}
