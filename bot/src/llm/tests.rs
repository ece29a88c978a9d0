use super::*;

fn read(json: serde_json::Value) -> Result<Words, Trouble> {
    words(json.to_string().as_bytes())
}

#[test]
fn the_first_choice_is_taken_without_what_was_thought_before_it() {
    let said = |content: &str, finish: &str| {
        read(json!({ "id": "x", "choices": [
            { "index": 0, "message": { "role": "assistant", "content": content }, "finish_reason": finish },
            { "message": { "content": "another" } },
        ]}))
    };
    let words = |text: &str, is_cut| Ok(Words { text: text.into(), is_cut });
    assert_eq!(said("  Dear ⟦PERSON_1⟧,\n\nyes.\n", "stop"), words("Dear ⟦PERSON_1⟧,\n\nyes.", false));
    assert_eq!(said("<think>they want\nwater</think>\nDear Ann", "stop"), words("Dear Ann", false));
    assert_eq!(said("Dear A", "length"), words("Dear A", true));
    assert_eq!(said("a\u{1b}[31mb\u{202e}c\r\n", "stop"), words("abc", false));
    assert_eq!(said(" \n", "stop"), Err(Trouble::Empty));
    let long = said(&"长".repeat(TEXT_CHARS_MAX + 1), "stop").unwrap();
    assert_eq!((long.text.chars().count(), long.is_cut), (TEXT_CHARS_MAX, true));
}

#[test]
fn what_is_no_completion_is_said_without_its_words() {
    assert_eq!(read(json!({ "choices": [] })), Err(Trouble::Empty));
    assert_eq!(read(json!({ "choices": [{ "message": { "content": null } }] })), Err(Trouble::Empty));
    for odd in [
        "",
        "secret words",
        "{}",
        "[]",
        "{\"choices\":[{}]}",
        "{\"choices\":\"secret\"}",
        "{\"choices\":[{\"message\":{\"content\":7}}]}",
    ] {
        let Err(Trouble::Odd(why)) = words(odd.as_bytes()) else { panic!("{odd}") };
        assert!(!why.contains("secret"), "{why}");
    }
}

#[test]
fn only_what_may_pass_is_tried_again() {
    assert_eq!(Trouble::Busy(7).pause(), Some(7));
    assert_eq!(Trouble::Busy(0).pause(), Some(1));
    assert_eq!(Trouble::Busy(7_200).pause(), None, "whoever asked has gone by then");
    assert!(Trouble::Unreached(String::new()).pause().is_some() && Trouble::Status(503).pause().is_some());
    for final_one in
        [Trouble::Key, Trouble::Status(404), Trouble::Empty, Trouble::Odd("x".into()), Trouble::Day(1)]
    {
        assert_eq!(final_one.pause(), None, "{final_one}");
    }
}
