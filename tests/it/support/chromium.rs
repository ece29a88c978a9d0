//! A real browser that shows pages and is clicked in, over Chromium's pipe for debuggers: messages in JSON,
//! each ended by a zero byte (<https://chromedevtools.github.io/devtools-protocol/>).

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tempfile::TempDir;

/// What is looked for, if `RAPPORT_TEST_CHROMIUM` names none.
const NAMES: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];
/// Chromium reads from file 3 and writes to file 4; a shell puts our two pipes there.
const WITH_PIPES: &str = "exec \"$0\" \"$@\" 3<&0 4>&1 </dev/null >/dev/null 2>/dev/null";
/// How long it may take to answer on a machine that has much else to do.
const PATIENCE: Duration = Duration::from_secs(60);

/// A window and what its owner likes.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// In CSS pixels.
    pub width: u32,
    pub height: u32,
    pub dark: bool,
}

/// A browser with one page.
pub struct Chromium {
    child: Child,
    to: ChildStdin,
    from: Receiver<Value>,
    n_sent: u64,
    session: String,
    /// What it told by itself and nobody took yet.
    told: Vec<Value>,
    _dir: TempDir,
}

impl Chromium {
    /// Starts a browser where there is one; says so where there is none.
    pub fn start() -> Option<Self> {
        let named = std::env::var("RAPPORT_TEST_CHROMIUM").ok();
        let names = named.as_deref().map_or(NAMES.to_vec(), |named| vec![named]);
        let runs = |name: &&&str| {
            Command::new(name).arg("--version").output().is_ok_and(|output| output.status.success())
        };
        let Some(program) = names.iter().find(runs) else {
            eprintln!(
                "left out: no {} on this machine (RAPPORT_TEST_CHROMIUM names another)",
                names.join(", no ")
            );
            return None;
        };
        let dir = tempfile::tempdir().unwrap();
        let mut child = Command::new("sh")
            .args(["-c", WITH_PIPES, program, "--headless=new", "--remote-debugging-pipe"])
            // Pages of our own alone are shown, and in a container there is no sandbox to be had.
            .args(["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--no-first-run"])
            .arg(format!("--user-data-dir={}", dir.path().display()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (to, out) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let (said, from) = channel();
        // Ends with the pipe.
        std::thread::spawn(move || {
            let messages = BufReader::new(out).split(0).map_while(Result::ok);
            for message in messages.filter_map(|bytes| serde_json::from_slice(&bytes).ok()) {
                if said.send(message).is_err() {
                    return;
                }
            }
        });
        let mut browser =
            Self { child, to, from, n_sent: 0, session: String::new(), told: Vec::new(), _dir: dir };
        let page = browser.asks("Target.createTarget", json!({ "url": "about:blank" }));
        let id = page["targetId"].clone();
        let attached = browser.asks("Target.attachToTarget", json!({ "targetId": id, "flatten": true }));
        browser.session = attached["sessionId"].as_str().unwrap().to_owned();
        for domain in ["Page", "Runtime", "Log", "Network"] {
            browser.asks(&format!("{domain}.enable"), json!({}));
        }
        Some(browser)
    }

    /// Makes the window so; one as narrow as a telephone is one.
    pub fn looks(&mut self, look: Look) {
        let Look { width, height, dark } = look;
        let mobile = width < 640;
        self.asks(
            "Emulation.setDeviceMetricsOverride",
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": mobile }),
        );
        let scheme = json!({ "name": "prefers-color-scheme", "value": if dark { "dark" } else { "light" } });
        self.asks("Emulation.setEmulatedMedia", json!({ "features": [scheme] }));
    }

    /// Sends a header with each request.
    pub fn sends(&mut self, name: &str, value: &str) {
        self.asks("Network.setExtraHTTPHeaders", json!({ "headers": { name: value } }));
    }

    /// Opens a page, and waits until it is there.
    pub fn opens(&mut self, url: &str) {
        let opened = self.asks("Page.navigate", json!({ "url": url }));
        assert_eq!(opened.get("errorText"), None, "{url}");
        self.waits_for("Page.loadEventFired");
    }

    /// Scrolls to an element and clicks in its middle.
    pub fn clicks(&mut self, selector: &str) {
        let place = self.finds(&format!(
            "(() => {{ const e = document.querySelector({selector:?}); e.scrollIntoView({{ block: 'center' }}); \
             const r = e.getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2]; }})()"
        ));
        for kind in ["mousePressed", "mouseReleased"] {
            self.asks(
                "Input.dispatchMouseEvent",
                json!({ "type": kind, "x": place[0], "y": place[1], "button": "left", "clickCount": 1 }),
            );
        }
    }

    /// Clicks on what leads to another page, and waits until that is there.
    pub fn follows(&mut self, selector: &str) {
        self.told.clear();
        self.clicks(selector);
        self.waits_for("Page.loadEventFired");
    }

    /// Clicks into an element and types.
    pub fn types(&mut self, selector: &str, text: &str) {
        self.clicks(selector);
        self.asks("Input.insertText", json!({ "text": text }));
    }

    /// Returns the value of an expression of JavaScript in the page.
    pub fn finds(&mut self, expression: &str) -> Value {
        let found = self.asks("Runtime.evaluate", json!({ "expression": expression, "returnByValue": true }));
        assert_eq!(found.get("exceptionDetails"), None, "{expression}");
        found["result"]["value"].clone()
    }

    /// Returns what the browser complained of since the last call: what failed, and what a policy kept out.
    pub fn complaints(&mut self) -> Vec<String> {
        // Whatever was told before this answer is here with it.
        self.finds("0");
        let of = |event: &Value| {
            let complains = match event["method"].as_str()? {
                "Log.entryAdded" | "Runtime.exceptionThrown" | "Network.loadingFailed" => true,
                "Runtime.consoleAPICalled" => event["params"]["type"] != "log",
                _ => false,
            };
            complains.then(|| event["params"].to_string())
        };
        std::mem::take(&mut self.told).iter().filter_map(of).collect()
    }

    /// Keeps what the window shows as a PNG.
    pub fn shoots(&mut self, file: &Path) {
        let shot = self.asks("Page.captureScreenshot", json!({}));
        std::fs::write(file, STANDARD.decode(shot["data"].as_str().unwrap()).unwrap()).unwrap();
    }

    /// Keeps the whole page as a PNG, however long it is.
    pub fn shoots_all(&mut self, file: &Path) {
        let clip = self.whole();
        let shot =
            self.asks("Page.captureScreenshot", json!({ "captureBeyondViewport": true, "clip": clip }));
        std::fs::write(file, STANDARD.decode(shot["data"].as_str().unwrap()).unwrap()).unwrap();
    }

    fn whole(&mut self) -> Value {
        let size = self.asks("Page.getLayoutMetrics", json!({}))["cssContentSize"].clone();
        json!({ "x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1 })
    }

    /// Presses the tabulator.
    pub fn presses_tab(&mut self) {
        for kind in ["rawKeyDown", "keyUp"] {
            let key = json!({ "type": kind, "key": "Tab", "code": "Tab", "windowsVirtualKeyCode": 9 });
            self.asks("Input.dispatchKeyEvent", key);
        }
    }

    fn asks(&mut self, method: &str, params: Value) -> Value {
        self.n_sent += 1;
        let mut message = json!({ "id": self.n_sent, "method": method, "params": params });
        if !self.session.is_empty() {
            message["sessionId"] = self.session.as_str().into();
        }
        self.to.write_all(format!("{message}\0").as_bytes()).unwrap();
        loop {
            let heard = self.hears(method);
            if heard["id"] == self.n_sent {
                assert_eq!(heard.get("error"), None, "{method}");
                return heard["result"].clone();
            }
            self.told.push(heard);
        }
    }

    fn waits_for(&mut self, event: &str) {
        let is_it = |heard: &Value| heard["method"] == event;
        if let Some(at) = self.told.iter().position(is_it) {
            self.told.remove(at);
            return;
        }
        loop {
            let heard = self.hears(event);
            if is_it(&heard) {
                return;
            }
            self.told.push(heard);
        }
    }

    fn hears(&self, what: &str) -> Value {
        self.from.recv_timeout(PATIENCE).unwrap_or_else(|e| panic!("the browser does not answer {what}: {e}"))
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        let close = format!("{}\0", json!({ "id": 0, "method": "Browser.close" }));
        // It ends its own helpers; what is left when it cannot is killed.
        let asked = self.to.write_all(close.as_bytes());
        if asked.is_err() || std::thread::panicking() {
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
    }
}
