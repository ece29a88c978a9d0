//! Hands what arrived to the store, with what the house knows of it.

use rapport_model::message::{Content, Direction, Incoming, Trust};
use rapport_model::{House, Id, Mailbox};
use rapport_storage::ingest::{Arrival, Fate};

use crate::{WorkflowError, Workflows};

/// Tells which way a message went: from us to somebody outside, among us, or to us.
pub fn direction(house: &House, content: &Content) -> Direction {
    let ours = |mailbox: &Mailbox| house.owns(&mailbox.address);
    match content.from.first() {
        Some(author) if ours(author) => {
            let outside = content.to.iter().chain(&content.cc).any(|m| !ours(m));
            if outside { Direction::Out } else { Direction::Internal }
        }
        _ => Direction::In,
    }
}

impl Workflows {
    /// Takes messages in and returns what became of each, in order. When this returns they are
    /// on disk, each with a job to understand it.
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn ingest(&self, batch: Vec<Incoming>) -> Result<Vec<Fate>, WorkflowError> {
        let mut arrivals = Vec::with_capacity(batch.len());
        for incoming in batch {
            let mut arrival = self.arrival(incoming);
            if let Some(sent) = self.sent_by_us(&arrival) {
                // It comes from a mailbox; whose words it has, we know.
                arrival.author = self.store.author_of(sent).await?;
            }
            arrivals.push(arrival);
        }
        Ok(self.store.ingest(arrivals).await?)
    }

    /// Returns the outgoing message that a mail is a copy of.
    fn sent_by_us(&self, arrival: &Arrival) -> Option<Id> {
        let content = arrival.incoming.content.as_ref().ok()?;
        let ours = arrival.direction == Direction::Out && arrival.author.is_none();
        self.store.outgoing_named(&content.message_id).filter(|_| ours)
    }

    fn arrival(&self, incoming: Incoming) -> Arrival {
        let content = incoming.content.as_ref().ok();
        let direction = content.map_or(Direction::In, |c| direction(&self.settings.house, c));
        let author = content
            .and_then(|c| c.from.first())
            .filter(|_| direction != Direction::In)
            .and_then(|m| self.user_by_address(&m.address));
        let arrival = Arrival { direction, author: author.map(|u| u.id), incoming };
        if arrival.author.is_some() { self.passed_on(arrival) } else { arrival }
    }

    /// Makes a mail that a colleague passed on to a mailbox of the house the mail of whoever wrote it:
    /// their words count, and an answer goes to them. Only where the house's server proved that it was
    /// the colleague: anybody could put words into a customer's mouth.
    fn passed_on(&self, mut arrival: Arrival) -> Arrival {
        let Ok(content) = &mut arrival.incoming.content else { return arrival };
        let to_mailbox =
            content.to.iter().chain(&content.cc).any(|m| self.user_by_address(&m.address).is_none());
        let house = &self.settings.house;
        let proven = arrival.direction == Direction::Internal && content.trust == Some(Trust::Pass);
        let Some(forwarded) =
            content.forwarded.take_if(|f| proven && to_mailbox && !house.owns(&f.from.address))
        else {
            return arrival;
        };
        // The colleague stays a party, and the whole text stays below.
        content.cc.append(&mut content.from);
        content.from = vec![forwarded.from];
        content.subject = forwarded.subject;
        content.trimmed = Some(forwarded.text);
        content.answers.extend(forwarded.references);
        // Of the author nothing was proven.
        content.trust = Some(Trust::None);
        (arrival.direction, arrival.author) = (Direction::In, None);
        arrival
    }
}

#[cfg(test)]
mod tests {
    use rapport_model::Address;

    use super::*;

    #[test]
    fn direction_is_seen_from_the_house() {
        let mut house = House::default();
        house.add("ours.example").unwrap();
        let people = |list: &[&str]| -> Vec<Mailbox> {
            list.iter()
                .map(|a| Mailbox { name: String::new(), address: Address::email(a).unwrap() })
                .collect()
        };
        let check = |from: &[&str], to: &[&str], cc: &[&str]| {
            let content =
                Content { from: people(from), to: people(to), cc: people(cc), ..Content::default() };
            direction(&house, &content)
        };
        assert_eq!(check(&["ann@x.example"], &["sales@ours.example"], &[]), Direction::In);
        assert_eq!(check(&["mia@ours.example"], &["ann@x.example"], &[]), Direction::Out);
        assert_eq!(check(&["mia@ours.example"], &["leo@ours.example"], &["ann@x.example"]), Direction::Out);
        assert_eq!(check(&["mia@ours.example"], &["leo@ours.example"], &[]), Direction::Internal);
        assert_eq!(check(&["mia@ours.example"], &[], &[]), Direction::Internal);
        assert_eq!(check(&[], &["sales@ours.example"], &[]), Direction::In);
    }
}
