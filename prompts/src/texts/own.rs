//! What is said about colleagues themselves: their language, their quiet, who they are.

use crate::declare::texts;
use crate::slot::Zoned;

texts! {
    TEXTS:

    /// Says, in it, that this language is spoken from now on.
    fn language_set();
    /// What the language calls itself.
    fn language_name();
    /// Says by which clocks times are said from now on, and what they show.
    fn zone_set(zone: &str, now: &str);
    /// Says that nobody knows a zone or place of that name.
    fn unknown_zone(name: &str);
    /// Says that it is never quiet, and how it would be.
    fn quiet_none(usage: &str);
    /// Says at which hours it is quiet, such as `22:00-08:00`, in which zone.
    fn quiet_hours(hours: &str, zone: &str);
    /// Says until when it is quiet.
    fn quiet_until(at: Zoned);
    /// Says what comes even when it is quiet.
    fn quiet_but();
    /// Says that it is not quiet any more, and how many notices waited for that.
    fn quiet_off(n: usize);
    /// Refuses quiet for more than so many days.
    fn quiet_too_long(days_max: usize);
    /// Button: no quiet any more.
    fn button_quiet_off();
    /// Says that nothing is told of something any more.
    fn muted(what: &str);
    /// Says that it is told again.
    fn muted_off(what: &str);
    /// Says what is told of a customer from now on.
    fn followed(what: &str);
    /// Says what is told of a ticket from now on.
    fn followed_ticket(what: &str);
    /// Says that a record is not followed any more.
    fn unfollowed(what: &str);
    /// A card's label for a colleague's language.
    fn who_language();
    /// A card's label for a colleague's zone.
    fn who_zone();
    /// A card's label for a colleague's team.
    fn who_team();
    /// A card's label for when a colleague has quiet.
    fn who_quiet();
    /// A card's label for what a colleague muted.
    fn who_muted();
    /// A card's label for what a colleague follows.
    fn who_followed();
    /// Says since when an account is bound.
    fn who_since(when: &str);
    /// A card's label for since when a colleague is known here.
    fn who_here_since();
    /// Button: release the account in a chat.
    fn button_unlink(chat: &str);
    /// Asks in which chat the account is to be released.
    fn unlink_which(usage: &str);
    /// Says that there is no account in a chat.
    fn unlink_none(chat: &str);
    /// Asks whether an account should be released, and says what that means.
    fn unlink_sure(chat: &str, account: &str);
    /// Says that an account was released.
    fn unlinked(chat: &str);
}
