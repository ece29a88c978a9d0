//! One chooses between records in a menu.

use rapport::commands::{Session, run};
use rapport_model::{Clock as _, Kind};

use super::{LEO, MIA, Office};
use crate::support::Mail;
use crate::support::Where::{Direct, Hidden};

impl Office {
    /// People write, from C2 on.
    async fn write(&self, names: impl IntoIterator<Item = String>) {
        for (n, name) in names.into_iter().enumerate() {
            let mail = Mail::from(&format!("{name} <p{n}@example.net>")).id(&format!("p{n}"));
            let mail = mail.says("Filter", "Which filter fits the pump?");
            self.app.arrives(mail.bytes(self.app.clock.now())).await;
        }
        self.app.settle().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_meant_is_chosen_and_the_command_goes_on() {
    let office = Office::open().await;
    office.write(["Petra Klein".to_owned(), "Petra Ito".to_owned()]).await;
    for at in [Direct(MIA), Hidden(MIA)] {
        let asked = match at {
            Hidden(_) => office.commands(MIA, "ticket", "new Petra: no water", "Which one?").await,
            _ => office.says(MIA, "ticket new Petra: no water", "Which one?").await,
        };
        let mut labels: Vec<&str> = asked.choices.iter().map(|(_, label, _)| label.as_str()).collect();
        labels.sort_unstable();
        assert_eq!((labels.len(), asked.buttons.len()), (3, 0), "{asked:?}");
        assert!(labels[1].starts_with("C2 Petra Klein"), "{labels:?}");
        office.api.chooses(MIA, at, &asked, labels[1]);
        let done = office.api.sees(at, "C2 Petra Klein").await;
        assert!(done.says("no water") && done.says("Undo"), "{done:?}");
    }
    // Somebody else chooses nothing.
    let asked = office.says(MIA, "ticket new Petra: no light", "Which one?").await;
    let label = asked.choices[0].1.clone();
    office.api.chooses(LEO, Direct(MIA), &asked, &label);
    office.api.sees(Direct(LEO), "给别人").await;
    assert_eq!(office.app.all(Kind::Ticket).await.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_choice_that_lacks_words_opens_a_form() {
    let office = Office::open().await;
    office.write(["Petra Klein".to_owned()]).await;
    let asked = office.says(MIA, "reply Petra:", "Which one?").await;
    let (_, label, _) = asked.choices.iter().find(|(_, label, _)| label.starts_with("C2")).unwrap().clone();
    let choice = office.api.chooses(MIA, Direct(MIA), &asked, &label);
    let form = office.api.opens(&choice).await;
    assert_eq!(form.title, "What shall I answer C2 Petra Klein?");
    office.api.submits(&form, "The large one.");
    let draft = office.api.sees(Direct(MIA), "Draft to C2 Petra Klein").await;
    assert!(draft.says("The large one."));
}

#[tokio::test(flavor = "multi_thread")]
async fn more_choices_than_a_menu_holds_are_in_several() {
    let office = Office::open().await;
    office.write((2..=28).map(|n| format!("Petra Klein the {n}"))).await;
    for n in 3..=28 {
        let merge = format!("merge C2 C{n}");
        run(&office.app.app, office.app.user("mia"), &mut Session::new(), &merge).await.unwrap();
    }
    let asked = office.says(MIA, "split C2", "Take one off?").await;
    assert_eq!(asked.choices.len(), 26, "{asked:?}");
    let mut menus: Vec<&str> = asked.choices.iter().map(|(menu, ..)| menu.as_str()).collect();
    menus.dedup();
    assert_eq!(menus.len(), 2);
    let last = asked.choices.last().unwrap().1.clone();
    office.api.chooses(MIA, Direct(MIA), &asked, &last);
    let taken = office.api.sees(Direct(MIA), "stands on its own again").await;
    assert!(taken.says(last.split(' ').next().unwrap()), "{taken:?}");
}
