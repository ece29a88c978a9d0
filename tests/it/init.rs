//! Setting up: what `rapport init` writes is what the service takes, and nothing is overwritten.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::support::{Program, Running};

const RECIPIENT: &str = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p";

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// Runs a command whose locale is none and returns whether it succeeded, and all it said.
fn said(program: &Program, args: &[&str]) -> (bool, String) {
    let output = program.command(args).env("LC_ALL", "C").output().unwrap();
    let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap()).concat();
    (output.status.success(), text)
}

/// All that a configuration says, examples included, as keys without their values.
fn unexplained(text: &str) -> Vec<&str> {
    let is_key = |line: &str| {
        line.trim_start_matches('#').split_once(" = ").is_some_and(|(key, _)| {
            !line.starts_with("# ") && key.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
        })
    };
    let lines: Vec<&str> = text.lines().collect();
    let lone = |pair: &[&str]| is_key(pair[1]) && !pair[0].starts_with("# ");
    lines.windows(2).filter(|pair| lone(pair)).map(|pair| pair[1]).collect()
}

#[test]
fn without_questions_it_writes_what_is_usual_and_the_service_starts_on_it() {
    for lang in ["en", "zh"] {
        let dir = TempDir::new().unwrap();
        let program = Program::on(&dir.path().join("a house/data"));
        let (ok, text) = said(&program, &["--lang", lang, "init"]);
        assert!(ok, "{text}");
        let word = if lang == "zh" { "密钥已生成" } else { "The keys were made" };
        assert!(text.contains(word) && text.contains("rapport check --data '/"), "{text}");
        assert_eq!(mode(&program.data.join("keys/master.key")), 0o600);

        let configuration = fs::read_to_string(program.data.join("rapport.toml")).unwrap();
        assert_eq!(unexplained(&configuration), Vec::<&str>::new(), "{configuration}");
        assert!(configuration.contains(&format!("\nlang = \"{lang}\"\n")), "{configuration}");
        let (ok, text) = said(&program, &["check"]);
        assert!(ok, "{text}");
        let running = Running::start(&program, &["run"]);
        assert_eq!(running.terminate().code(), Some(0));

        // The examples are right, too: whoever takes their marks away has a configuration that is read.
        let with_examples: String = configuration
            .lines()
            .map(|line| if line.starts_with("# ") { line } else { line.trim_start_matches('#') })
            .map(|line| format!("{}\n", line.replace("age1…", RECIPIENT)))
            .collect();
        let with_examples = with_examples.replace("/mnt/backups", "backups");
        fs::write(program.data.join("rapport.toml"), with_examples).unwrap();
        let (_, text) = said(&program, &["check"]);
        assert!(text.contains("telegram: cannot read") && text.contains("discord: cannot read"), "{text}");
        assert!(!text.contains("rapport.toml"), "{text}");
    }
}

#[test]
fn answers_make_a_configuration_that_is_accepted_and_secrets_stay_in_their_files() {
    let english = "en\nBrightwater \"Filters\"\nbrightwater.example, info@sister.example\nEurope/Berlin\n\
                   eur\nmia tan\nmia\nMia Tan\nmia@brightwater.example\nsupport@brightwater.example\n\n\
                   mail.brightwater.example:587\n\nopen sesame\n\n\nhttps://crm.brightwater.example\n\
                   backups\n";
    let chinese = "\n净水之家\njingshui.example\nAsia/Shanghai\n\n米娅\n谭米娅\n\nkefu@qq.com\n\n\n\n芝麻开门\n\n\n\n\n";
    for (lang, answers, key) in
        [("en", format!("{english}{RECIPIENT}\n"), "support"), ("zh", chinese.to_owned(), "kefu")]
    {
        let dir = TempDir::new().unwrap();
        let program = Program::on(&dir.path().join("data"));
        let text = program.types(&["--lang", lang, "init", "--ask"], &answers);
        let again = if lang == "en" { "“mia tan” will not do" } else { "[zh]：" };
        assert!(text.contains(again) && !text.contains("sesame") && !text.contains("芝麻"), "{text}");

        let secret = program.data.join(format!("secrets/mail-{key}"));
        let word = if lang == "en" { "open sesame\n" } else { "芝麻开门\n" };
        assert_eq!(fs::read_to_string(&secret).unwrap(), word);
        assert_eq!((mode(&secret), mode(secret.parent().unwrap())), (0o600, 0o700));
        let configuration = fs::read_to_string(program.data.join("rapport.toml")).unwrap();
        assert!(configuration.contains(&format!("[mail.{key}.imap]")), "{configuration}");
        assert!(!configuration.contains("sesame") && !configuration.contains("芝麻"), "{configuration}");
        assert_eq!(unexplained(&configuration), Vec::<&str>::new(), "{configuration}");
        let (ok, text) = said(&program, &["check"]);
        assert!(ok, "{text}");
        let list = program.run(&["user", "list"]);
        assert!(list.status.success());
    }
}

#[test]
fn tokens_of_bots_stay_in_their_files_and_a_wrong_one_is_not_repeated() {
    let dir = TempDir::new().unwrap();
    let program = Program::on(&dir.path().join("data"));
    let (telegram, discord) = ("123456:AAbbCCddEEffGGhhIIjjKK", "MTIzNDU2.GabcDE.ijklmnopq-rst_uv");
    let answers = format!("\nOurs\n\n\n\n\n\n\n\nwr0ng\n{telegram}\nal50.wrong\n{discord}\n\n\n");
    let text = program.types(&["--lang", "en", "init", "--ask"], &answers);
    assert!(text.contains("@BotFather writes them") && text.contains("in three parts"), "{text}");
    let configuration = fs::read_to_string(program.data.join("rapport.toml")).unwrap();
    for secret in [telegram, discord, "wr0ng", "al50"] {
        assert!(!text.contains(secret) && !configuration.contains(secret), "{text}{configuration}");
    }
    for (name, token) in [("telegram", telegram), ("discord", discord)] {
        let file = program.data.join("secrets").join(name);
        assert_eq!((fs::read_to_string(&file).unwrap(), mode(&file)), (format!("{token}\n"), 0o600));
        let named = format!("\n[{name}]\n# ");
        assert!(configuration.contains(&named), "{configuration}");
        assert!(configuration.contains(&format!("\ntoken_file = {:?}\n", file.to_str().unwrap())));
    }
}

#[test]
fn answers_that_end_too_early_leave_nothing_behind() {
    let dir = TempDir::new().unwrap();
    let program = Program::on(&dir.path().join("data"));
    let mut command = program.command(&["init", "--ask"]);
    let output = command.env("LC_ALL", "C").stdin(Stdio::null()).output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(1) && text.contains("Nothing was written"), "{text}");
    assert!(!program.data.exists());
}

#[test]
fn what_is_there_already_stays_as_it_is() {
    let dir = TempDir::new().unwrap();
    let program = Program::on(dir.path());
    let file = dir.path().join("rapport.toml");
    fs::write(&file, "currency = 'CHF'\n").unwrap();
    let (ok, text) = said(&program, &["init", "--yes"]);
    assert!(
        ok && text.contains("rapport.toml was there already") && text.contains("keys were made"),
        "{text}"
    );
    assert_eq!(fs::read_to_string(&file).unwrap(), "currency = 'CHF'\n");
    let key = fs::read(dir.path().join("keys/master.key")).unwrap();
    let report = program.json(&["--json", "init"]);
    assert_eq!(
        (&report["written"], &report["master_key"]),
        (&Value::from(Vec::<Value>::new()), &Value::Null)
    );
    assert_eq!(fs::read(dir.path().join("keys/master.key")).unwrap(), key);

    // A secret that is there is not taken for another.
    fs::remove_file(&file).unwrap();
    fs::create_dir(dir.path().join("secrets")).unwrap();
    fs::write(dir.path().join("secrets/mail-a"), "before\n").unwrap();
    let answers = "\nOurs\n\n\n\n\n\n\na@ours.example\n\n\n\nafter\n\n\n\n\n";
    let text = program.types(&["--lang", "en", "init", "--ask"], answers);
    assert!(text.contains("secrets/mail-a was there already"), "{text}");
    assert_eq!(fs::read_to_string(dir.path().join("secrets/mail-a")).unwrap(), "before\n");
}

#[test]
fn a_place_that_cannot_be_written_to_is_said() {
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join("file"), "").unwrap();
    for place in [dir.path().join("file/data").as_path(), Path::new("/proc/rapport")] {
        let (ok, text) = said(&Program::on(place), &["init", "--yes"]);
        assert!(!ok && text.contains(place.to_str().unwrap()) && text.contains("--data DIR"), "{text}");
    }
    for wrong in [&["init", "--yes", "--ask"][..], &["init", "--systemd", "--yes"], &["init", "--force"]] {
        assert_eq!(Program::on(dir.path()).run(wrong).status.code(), Some(2), "{wrong:?}");
    }
}

#[test]
fn a_master_key_that_systemd_hands_over_is_taken() {
    let dir = TempDir::new().unwrap();
    let credential = dir.path().join("rapport-master-key");
    fs::write(&credential, "0f".repeat(32)).unwrap();
    // So it looks where systemd lets the service's user in by an access list.
    fs::set_permissions(&credential, fs::Permissions::from_mode(0o440)).unwrap();
    let handed = ("CREDENTIALS_DIRECTORY".to_owned(), dir.path().to_str().unwrap().to_owned());
    let program = Program::on(&dir.path().join("data")).with(vec![handed]);
    let report = program.json(&["--json", "init"]);
    assert_eq!(report["master_key"], Value::Null);
    assert!(program.data.join("rapport.db").exists() && !program.data.join("keys/master.key").exists());
    let (ok, text) = said(&program, &["run", "--once"]);
    assert!(ok, "{text}");
}

#[test]
fn the_unit_is_one_that_systemd_takes() {
    let dir = TempDir::new().unwrap();
    let program = Program::on(Path::new("/srv/rapport"));
    let (ok, unit) = said(&program, &["init", "--systemd"]);
    assert!(ok && unit.contains("\nReadWritePaths=/srv/rapport\n"), "{unit}");
    let (ok, elsewhere) = said(&program, &["init", "--systemd", "--config", "/etc/rapport.toml"]);
    assert!(ok && elsewhere.contains(" run --config /etc/rapport.toml\n"), "{elsewhere}");
    let shipped = include_str!("../../bot/deploy/rapport.service");
    for unit in [&unit, shipped] {
        let mut section = "";
        for line in unit.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let header = line.strip_prefix('[').and_then(|line| line.strip_suffix(']'));
            section = header.unwrap_or(section);
            assert!(header.is_some() || line.contains('=') && !section.is_empty(), "{line}");
        }
    }
    // It is asked on a program that exists here; that of the unit perhaps does not.
    let file = dir.path().join("rapport.service");
    fs::write(&file, shipped.replace("/usr/local/bin/rapport", "/bin/true")).unwrap();
    let Ok(output) = Command::new("systemd-analyze").arg("verify").arg(&file).output() else {
        return eprintln!("skipped: no systemd-analyze here");
    };
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(!["Unknown", "Failed to parse", "Invalid"].iter().any(|wrong| text.contains(wrong)), "{text}");
}

#[test]
fn the_container_runs_the_program_as_nobody_in_particular() {
    let text = include_str!("../../bot/deploy/Dockerfile");
    let joined = text.replace("\\\n", " ");
    let known = [
        "FROM",
        "WORKDIR",
        "COPY",
        "RUN",
        "USER",
        "ENV",
        "VOLUME",
        "EXPOSE",
        "STOPSIGNAL",
        "HEALTHCHECK",
        "ENTRYPOINT",
        "CMD",
    ];
    let lines: Vec<&str> = joined.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    for line in &lines {
        assert!(known.contains(&line.split(' ').next().unwrap()), "{line}");
    }
    let user = lines.iter().position(|line| *line == "USER rapport").unwrap();
    assert!(lines[user..].iter().any(|line| line.starts_with("ENTRYPOINT [\"rapport\"]")));
    assert!(lines.iter().any(|line| line.ends_with("CMD [\"rapport\", \"doctor\", \"--ready\"]")));
}

#[test]
fn a_service_says_to_a_container_whether_it_is_ready() {
    let dir = TempDir::new().unwrap();
    let program = Program::on(dir.path());
    let (ok, text) = said(&program, &["doctor", "--ready"]);
    assert!(!ok && text.contains("http.listen is not set"), "{text}");
    let listens = |at: String| Program::on(dir.path()).with(vec![("RAPPORT__HTTP__LISTEN".into(), at)]);
    let (ok, text) = said(&listens("127.0.0.1:1".into()), &["doctor", "--ready"]);
    assert!(!ok && text.contains("no service answers at 127.0.0.1:1"), "{text}");

    let running = Running::start(&listens("127.0.0.1:0".into()), &["--json", "run"]);
    let ready: Value = serde_json::from_str(&running.ready).unwrap();
    let at = ready["http"].as_str().unwrap().to_owned();
    assert_eq!(said(&listens(at), &["doctor", "--ready"]), (true, "ready\n".to_owned()));
    assert_eq!(running.terminate().code(), Some(0));
}
