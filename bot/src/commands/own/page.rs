//! `page`: a link by which a colleague comes to the pages of the house.

use rapport_storage::visits::Via;

use super::super::card::Card;
use super::super::desk::{Desk, Done};
use crate::http::link_to_desk;

impl Desk<'_> {
    pub(in super::super) async fn page(&self) -> Done {
        let (prompts, language) = (self.prompts(), self.language);
        let Some(base) = self.app.config.http.desk_base() else {
            return Ok(vec![Card::new(prompts.visit_nowhere(language))]);
        };
        let secret = self.app.store().make_visit(self.user.id, Via::Chat).await?;
        let card = Card::new(prompts.visit_title(language)).text(link_to_desk(&base, &secret));
        Ok(vec![Card { footer: prompts.visit_once(language), ..card }])
    }
}
