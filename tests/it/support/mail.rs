//! Mails in the words of whoever writes them, and a correspondence of many with what is true of
//! it.

use rapport_model::Timestamp;

/// A mail to be written.
#[derive(Clone, Debug, Default)]
pub struct Mail {
    from: String,
    to: String,
    subject: String,
    body: String,
    id: String,
    answers: Option<String>,
    headers: String,
    files: Vec<(String, String)>,
    /// Its type and its body as they are, instead of words.
    raw: Option<(String, String)>,
}

impl Mail {
    /// Somebody writes to us.
    pub fn from(from: &str) -> Self {
        Self { from: from.into(), to: "support@brightwater.example".into(), ..Self::default() }
    }

    pub fn to(mut self, to: &str) -> Self {
        self.to = to.into();
        self
    }

    pub fn says(mut self, subject: &str, body: &str) -> Self {
        (self.subject, self.body) = (subject.into(), body.into());
        self
    }

    pub fn id(mut self, id: &str) -> Self {
        self.id = id.into();
        self
    }

    pub fn answers(mut self, id: &str) -> Self {
        self.answers = Some(id.into());
        self
    }

    pub fn header(mut self, line: &str) -> Self {
        self.headers.push_str(line);
        self.headers.push('\n');
        self
    }

    /// Consists of that, whatever it is.
    pub fn raw(mut self, content_type: &str, body: &str) -> Self {
        self.raw = Some((content_type.into(), body.into()));
        self
    }

    /// Attaches a file of that name and content.
    pub fn with_file(mut self, name: &str, content: &str) -> Self {
        self.files.push((name.into(), content.into()));
        self
    }

    /// The mail as it arrives at `at`.
    pub fn bytes(&self, at: Timestamp) -> Vec<u8> {
        let date = at.utc().format("%a, %d %b %Y %H:%M:%S +0000");
        let mut raw =
            format!("Received: from a by b; {date}\nFrom: {}\nTo: {}\nDate: {date}\n", self.from, self.to);
        raw += &format!("Subject: {}\n", self.subject);
        if !self.id.is_empty() {
            raw += &format!("Message-ID: <{}>\n", self.id);
        }
        if let Some(id) = &self.answers {
            raw += &format!("In-Reply-To: <{id}>\nReferences: <{id}>\n");
        }
        raw += &self.headers;
        if let Some((content_type, body)) = &self.raw {
            raw += &format!("MIME-Version: 1.0\nContent-Type: {content_type}\n\n{body}");
            return raw.into_bytes();
        }
        if !self.files.is_empty() {
            raw += "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=part\n\n--part\n";
        }
        raw += "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n";
        raw += &self.body;
        raw += "\n";
        for (name, content) in &self.files {
            raw += "--part\nContent-Type: application/pdf\n";
            raw += &format!("Content-Disposition: attachment; filename=\"{name}\"\n\n{content}\n");
        }
        if !self.files.is_empty() {
            raw += "--part--\n";
        }
        raw.into_bytes()
    }
}

/// What is true of a correspondence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Truth {
    pub threads: usize,
    pub customers: usize,
}

const SENTENCES: &[&str] = &[
    "The pump you delivered last week is leaking again and this is unacceptable.",
    "Could you send us a quote for twenty filter cartridges?",
    "Where is our order 4711? It should have arrived on Monday.",
    "Thank you, the new filter works perfectly and we are very happy.",
    "How do I reset the display after changing the cartridge?",
    "您好，我们的订单还没有到货，请帮忙查询一下。",
    "Please cancel our service contract at the end of the month.",
    "I was charged twice for invoice INV-2026-0312.",
];

/// Writes `n` mails of a believable correspondence: about half answer an earlier mail of the same
/// customer, one in twenty is automatic. The same `n` gives the same mails.
pub fn correspondence(n: usize, start: Timestamp) -> (Vec<Vec<u8>>, Truth) {
    let mut random = Random(7);
    let n_people = (n / 5).max(2);
    let mut last: Vec<Option<usize>> = vec![None; n_people];
    let mut roots: Vec<usize> = Vec::with_capacity(n);
    let mut wrote = vec![false; n_people];
    let mut mails = Vec::with_capacity(n);
    for i in 0..n {
        let person = random.below(n_people);
        let mut mail = Mail::from(&format!("Person {person} <p{person}@firm{}.example>", person % 13))
            .id(&format!("m{i}@firm.example"));
        let said: Vec<&str> =
            (0..1 + random.below(3)).map(|_| SENTENCES[random.below(SENTENCES.len())]).collect();
        let answered = last[person].filter(|_| random.below(100) < 55);
        let quoted =
            answered.map_or(String::new(), |a| format!("\n\nOn Monday support wrote:\n> about mail {a}"));
        mail =
            mail.says(&format!("Matter {}", answered.map_or(i, |a| roots[a])), &(said.join(" ") + &quoted));
        if let Some(answered) = answered {
            mail = mail.answers(&format!("m{answered}@firm.example"));
        }
        let automatic = random.below(20) == 0;
        if automatic {
            mail = mail.header("Auto-Submitted: auto-replied");
        }
        wrote[person] |= !automatic;
        last[person] = Some(i);
        roots.push(answered.map_or(i, |a| roots[a]));
        mails.push(mail.bytes(start.plus(i as i64 * 2_000_000)));
    }
    let threads = roots.iter().enumerate().filter(|(i, root)| i == *root).count();
    (mails, Truth { threads, customers: wrote.iter().filter(|w| **w).count() })
}

/// A small linear congruential generator: the same numbers on every machine.
pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) % n as u64) as usize
    }
}
