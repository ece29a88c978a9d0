//! What came of a campaign.

use std::collections::BTreeMap;

use rapport_model::campaign::{LeftOut, Outcome, Variant};
use rapport_model::time::DAY;
use rapport_model::{Id, Kind};

use crate::db::query;
use crate::error::StorageError;
use crate::open::Store;

/// What happens within so many days of a mail is counted as following from it.
pub const COUNTS_DAYS: i64 = 90;
/// Servers try for so long before they send a mail back.
pub const RETURNS_WITHIN: i64 = 2 * DAY;

impl Store {
    /// Returns what came of a campaign by the text that was sent, as far as its recipients are seen. Who wants
    /// no more mail is counted with the last mailing they got before they said so.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn outcomes(&self, campaign: Id) -> Result<BTreeMap<Variant, Outcome>, StorageError> {
        let seen = self.and_sees(Kind::Customer, "r.customer");
        let within = |at: &str| format!("{at} >= m.sent AND {at} < m.sent + $2");
        let said = |more: &str| {
            format!(
                "EXISTS (SELECT 1 FROM consents s WHERE s.customer = m.person AND s.state = 'denied'
                    AND s.purpose IN ('news', 'automatic') AND s.deleted_us IS NULL AND {more} AND {}
                    AND NOT EXISTS (SELECT 1 FROM outbox l WHERE l.to_customer = m.addressed AND l.purpose = 'news'
                        AND l.sent_us > m.sent AND l.sent_us <= s.at))",
                within("s.at")
            )
        };
        let sql = format!(
            "SELECT m.variant, count(*), sum(m.waiting), sum(m.out), sum(CASE WHEN m.sent IS NULL THEN 0 ELSE 1 END),
                sum(CASE WHEN m.state = 'sent' AND m.sent <= $3 THEN 1 ELSE 0 END),
                sum(CASE WHEN m.state = 'failed' AND m.sent IS NOT NULL THEN 1 ELSE 0 END),
                sum(CASE WHEN m.state = 'failed' AND m.sent IS NULL THEN 1 ELSE 0 END),
                sum(CASE WHEN EXISTS (SELECT 1 FROM messages a WHERE a.thread = m.thread AND a.direction = 'in'
                        AND a.automation = 'none' AND {replied}) THEN 1 ELSE 0 END),
                sum(CASE WHEN {left} AND NOT {complained} THEN 1 ELSE 0 END),
                sum(CASE WHEN {complained} THEN 1 ELSE 0 END),
                sum(CASE WHEN EXISTS (SELECT 1 FROM deals d WHERE d.customer = m.person AND d.stage = 'won'
                        AND d.deleted_us IS NULL
                        AND (SELECT max(a.at_us) FROM changes h JOIN acts a ON a.id = h.act
                             WHERE h.record = d.id AND ',' || h.names || ',' LIKE '%,stage,%')
                            BETWEEN m.sent AND m.sent + $2 - 1) THEN 1 ELSE 0 END)
             FROM (SELECT r.variant AS variant, coalesce(c.merged_into, c.id) AS person, o.to_customer AS addressed,
                    o.thread AS thread, o.state AS state, o.sent_us AS sent,
                    CASE WHEN r.mailed_us IS NULL AND r.left_out IS NULL THEN 1 ELSE 0 END AS waiting,
                    CASE WHEN r.left_out IS NULL AND coalesce(o.state, '') <> 'cancelled' THEN 0 ELSE 1 END AS out
                FROM campaign_recipients r LEFT JOIN customers c ON c.id = r.customer
                LEFT JOIN outbox o ON o.id = r.outbound WHERE r.campaign = $1{seen}) m
             GROUP BY m.variant",
            replied = within("a.received_at"),
            left = said("true"),
            complained = said("s.via = 'complaint'"),
        );
        let rows = query("count what came of a campaign", sql)
            .bind(campaign)
            .bind(COUNTS_DAYS * DAY)
            .bind(self.inner.clock.now().plus(-RETURNS_WITHIN))
            .all(&self.inner.read)
            .await?;
        Ok(rows
            .iter()
            .filter_map(|row| {
                let n = |at: usize| row.get::<i64>(at);
                let outcome = Outcome {
                    recipients: n(1),
                    waiting: n(2),
                    left_out: n(3),
                    sent: n(4),
                    delivered: n(5),
                    bounced: n(6),
                    failed: n(7),
                    replied: n(8),
                    unsubscribed: n(9),
                    complained: n(10),
                    won: n(11),
                };
                Some((Variant::by_name(row.get(0))?, outcome))
            })
            .collect())
    }

    /// Counts who was to get a campaign and did not after all, by the reason, as far as they are seen.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn left_out_of(&self, campaign: Id) -> Result<BTreeMap<LeftOut, i64>, StorageError> {
        let sql = format!(
            "SELECT r.left_out, count(*) FROM campaign_recipients r
             WHERE r.campaign = $1 AND r.left_out IS NOT NULL{} GROUP BY r.left_out",
            self.and_sees(Kind::Customer, "r.customer")
        );
        let rows = query("count who was left out", sql).bind(campaign).all(&self.inner.read).await?;
        Ok(rows.iter().filter_map(|row| Some((LeftOut::by_name(row.get(0))?, row.get(1)))).collect())
    }
}
