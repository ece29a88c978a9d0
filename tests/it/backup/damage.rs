//! Cut, changed, foreign, killed, without room: refused clearly, and nothing half done.

use std::path::Path;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use super::{files, house, names, refused, text};
use crate::support::{Program, copy_dir};

/// The files of a place under a folder.
fn under(place: &Path, folder: &str) -> Vec<std::path::PathBuf> {
    files(&place.join(folder))
}

#[test]
fn what_is_damaged_is_told_and_nothing_is_restored_of_it() {
    let dir = TempDir::new().unwrap();
    let program = house(dir.path(), 40);
    let place = dir.path().join("place");
    std::fs::write(program.data.join("rapport.toml"), "lang = \"zh\"\n").unwrap();
    let made = program.json(&["--json", "backup", text(&place)]);
    let name = made["name"].as_str().unwrap();
    let key = program.data.join("keys/master.key");
    let new = dir.path().join("new");
    let to = |place: &Path| {
        let args = ["restore", text(place), "--to", text(&new), "--master-key", text(&key)];
        args.map(str::to_owned)
    };
    type Damage = fn(&Path, &str);
    let damages: [(&str, Damage, &str); 9] = [
        ("a changed byte", |place, _| change(&under(place, "pieces")[0]), "is damaged"),
        ("a cut piece", |place, _| cut(&under(place, "pieces")[1]), "is cut"),
        (
            "a missing piece",
            |place, _| std::fs::remove_file(&under(place, "pieces")[2]).unwrap(),
            "is not there",
        ),
        ("a cut list", |place, name| cut(&place.join(name).join("parts.zst")), "is cut"),
        (
            "missing keys",
            |place, _| std::fs::remove_dir_all(place.join("keys")).unwrap(),
            "there are no keys",
        ),
        ("cut keys", |place, _| cut(&under(place, "keys")[0]), "damaged"),
        (
            "a changed manifest",
            |place, name| {
                edit(place, name, |manifest| manifest["mark"]["at"] = "2030-01-01T00:00:00Z".into())
            },
            "was changed",
        ),
        (
            "a newer program's",
            |place, name| edit(place, name, |manifest| manifest["format"] = 9.into()),
            "made by a newer program",
        ),
        (
            "another house's",
            |place, name| edit(place, name, |manifest| manifest["house"] = "0011223344556677".into()),
            "of another house",
        ),
    ];
    for (what, damage, says) in damages {
        let copy = dir.path().join("copy");
        let _ = std::fs::remove_dir_all(&copy);
        copy_dir(&place, &copy);
        damage(&copy, name);
        let args = to(&copy);
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let said = refused(&program, &args);
        assert!(said.contains(says), "{what}: {said}");
        let verified = program.run(&["backup", "verify", "--from", text(&copy)]);
        assert!(!verified.status.success(), "{what} is found");
        assert_eq!(files(dir.path()).iter().filter(|path| path.starts_with(&new)).count(), 0, "{what}");
        assert!(!dir.path().join("new.partial").exists(), "{what}");
    }
    // Without the master key, and with another's.
    let said = refused(&program, &["restore", text(&place), "--to", text(&new)]);
    assert!(said.contains("--master-key"), "{said}");
    let other = house(&dir.path().join("other"), 2);
    let foreign = other.data.join("keys/master.key");
    let said =
        refused(&program, &["restore", text(&place), "--to", text(&new), "--master-key", text(&foreign)]);
    assert!(said.contains("not the key of this store"), "{said}");
    // Another house does not write there, and nobody where something else lies.
    let said = refused(&other, &["backup", text(&place)]);
    assert!(said.contains("another house"), "{said}");
    let said = refused(&other, &["backup", text(&dir.path().join("mails"))]);
    assert!(said.contains("something else lies there"), "{said}");
    for which in ["2027", "nonsense"] {
        assert!(
            refused(&program, &["backup", "verify", which, "--from", text(&place)])
                .contains("there is no backup")
        );
    }
    // Not over anything that is there.
    let args = to(&place);
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    std::fs::create_dir(&new).unwrap();
    std::fs::write(new.join("x"), "").unwrap();
    assert!(refused(&program, &args).contains("is not empty"));
    std::fs::remove_file(new.join("x")).unwrap();
    let said = String::from_utf8(program.run(&args).stdout).unwrap();
    assert!(said.contains("is restored to"), "{said}");
    assert_eq!(std::fs::read_to_string(new.join("rapport.toml")).unwrap(), "lang = \"zh\"\n");
    let state = |program: &Program| program.json(&["--json", "audit", "verify"]);
    let restored = Program::on(&new);
    assert_eq!(state(&restored)["changes"], state(&program)["changes"]);
}

fn change(path: &Path) {
    let mut bytes = std::fs::read(path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(path, bytes).unwrap();
}

fn cut(path: &Path) {
    let bytes = std::fs::read(path).unwrap();
    std::fs::write(path, &bytes[..bytes.len() - 5]).unwrap();
}

fn edit(place: &Path, name: &str, change: impl FnOnce(&mut Value)) {
    let path = place.join(name).join("manifest.json");
    let mut manifest: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    change(&mut manifest);
    std::fs::write(path, serde_json::to_vec(&manifest).unwrap()).unwrap();
}

#[test]
fn a_backup_that_was_killed_is_none_and_the_next_one_is_whole() {
    let dir = TempDir::new().unwrap();
    let program = house(dir.path(), 400);
    let place = dir.path().join("place");
    let mut n_killed = 0;
    for wait in (0..12).map(|i| Duration::from_millis(20 * i)) {
        let mut backup = program.start(&["backup", text(&place)]);
        std::thread::sleep(wait);
        backup.kill().unwrap();
        n_killed += usize::from(!backup.wait().unwrap().success());
    }
    assert!(n_killed > 3);
    let whole = names(&program, text(&place));
    program.json(&["--json", "backup", text(&place)]);
    assert_eq!(names(&program, text(&place)).len(), whole.len() + 1);
    for name in names(&program, text(&place)) {
        let verified = program.json(&["--json", "backup", "verify", &name, "--from", text(&place)]);
        assert_eq!(verified["faults"], serde_json::json!([]), "{verified}");
        assert!(verified["restored"]["changes"].as_u64().unwrap() > 0, "{verified}");
    }
    // A restore that is killed leaves a directory that the next one takes away.
    let new = dir.path().join("new");
    let key = program.data.join("keys/master.key");
    let args = ["--json", "restore", text(&place), "--to", text(&new), "--master-key", text(&key)];
    let mut restore = program.start(&args);
    std::thread::sleep(Duration::from_millis(150));
    restore.kill().unwrap();
    restore.wait().unwrap();
    if !new.exists() {
        program.json(&args);
    }
    assert_eq!(Program::on(&new).json(&["--json", "audit", "verify"])["faults"], serde_json::json!([]));
}

#[test]
fn a_backup_without_room_says_so_and_leaves_none_that_looks_whole() {
    let dir = TempDir::new().unwrap();
    let program = house(dir.path(), 200);
    let place = dir.path().join("place");
    // No file may grow over 48 kB, which is what a full disk looks like.
    let command = program.command(&["backup", text(&place)]);
    let mut limited = std::process::Command::new("sh");
    limited.arg("-c").arg("trap '' XFSZ; ulimit -f 96; exec \"$@\"").arg("sh").arg(command.get_program());
    limited.args(command.get_args()).env("RAPPORT__NLP__ENGINE", "linear");
    let output = limited.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && said.contains("is full: free some"), "{said}");
    assert_eq!(names(&program, text(&place)), Vec::<String>::new());
    assert!(files(&place).iter().all(|path| !text(path).ends_with(".part")), "{:?}", files(&place));
    let doctor = String::from_utf8(program.run(&["doctor"]).stdout).unwrap();
    assert!(doctor.contains("is full"), "{doctor}");
    program.json(&["--json", "backup", text(&place)]);
    let doctor = String::from_utf8(program.run(&["doctor"]).stdout).unwrap();
    assert!(!doctor.contains("is full") && doctor.contains(text(&place)), "{doctor}");
    let figures = String::from_utf8(program.run(&["doctor", "--metrics"]).stdout).unwrap();
    assert!(figures.contains("rapport_backup_last_success_seconds 1"), "{figures}");
}

#[test]
fn old_backups_go_and_what_others_need_stays() {
    let dir = TempDir::new().unwrap();
    let program = house(dir.path(), 30);
    let place = dir.path().join("place");
    std::fs::write(
        program.data.join("rapport.toml"),
        "[backup]\nkeep = { days = 2, weeks = 0, months = 0 }\n",
    )
    .unwrap();
    for day in 20..26 {
        program.json(&["--json", "--now", &format!("2026-11-{day}T02:00:00Z"), "backup", text(&place)]);
    }
    assert_eq!(names(&program, text(&place)), ["2026-11-24T020000Z", "2026-11-25T020000Z"]);
    for name in names(&program, text(&place)) {
        let verified = program.json(&["--json", "backup", "verify", &name, "--from", text(&place)]);
        assert_eq!(verified["faults"], serde_json::json!([]), "{verified}");
    }
    program.json(&["--json", "--now", "2026-12-20T02:00:00Z", "backup", text(&place)]);
    assert_eq!(under(&place, "keys").len(), 1, "older keys are gone after a week");
}
