//! `link`: a customer is of a company.

use rapport_model::{Change, Kind};

use super::super::command::{Command, Of};
use super::super::desk::{Desk, Done, Stop};
use super::super::session::Session;
use super::{Keep, Sort};

impl Desk<'_> {
    pub(super) async fn link(
        &self,
        session: &mut Session,
        command: &Command,
        person: &Of,
        company: &Of,
    ) -> Done {
        let (prompts, language) = (self.prompts(), self.language);
        let customer = self.find_present(session, command, person, &[Kind::Customer]).await?;
        let again = Keep::Link { person: Of::Exact(customer.record), company: company.clone() };
        let again = Command::Keep(again);
        let found = self.find_record(session, &again, company, &[Kind::Company]).await;
        let found = match (found, company) {
            (Ok(found), _) => found,
            (Err(Stop::Card(card)), Of::Named(name)) if card.buttons.is_empty() => {
                let new = Keep::New { sort: Sort::Company, words: name.clone(), anyway: false };
                let label = prompts.button_new_company(language);
                return Ok(vec![(*card).button(label, Command::Keep(new))]);
            }
            (Err(stop), _) => return Err(stop),
        };
        let company = self.still_there(found)?;
        session.context = Some(customer.record);
        let before = customer.get("company").id();
        if before == Some(company.record.id) {
            return Ok(vec![self.unchanged(&customer)]);
        }
        let former = self.linked_name(&customer, "company", Kind::Company).await?;
        let change = Change::update(customer.record).set("company", before, company.record.id);
        let written = self.write(vec![change]).await?;
        let (customer, company) = (self.titled(&customer).await?, self.titled(&company).await?);
        let former = (!former.is_empty()).then_some(former.as_str());
        Ok(vec![self.written(prompts.linked(language, &customer, &company, former), &written)])
    }
}
