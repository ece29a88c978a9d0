//! What is said about words of a language model: drafts and summaries, and why there are none.

use crate::declare::texts;

texts! {
    TEXTS:

    /// Says that no language model drafts here, and how that is changed.
    fn llm_off();
    /// Says that a language model was asked, and that its answer comes by itself.
    fn llm_asked(of: &str);
    /// Says that a machine wrote a draft, and which.
    fn llm_drafted(model: &str);
    /// Says that a machine wrote a summary, and which.
    fn llm_summed_up(model: &str);
    /// Says how many gaps there are where the machine made something up.
    fn llm_lost(n: usize);
    /// Says that the machine's words break off.
    fn llm_cut();
    /// Heads what tells that there are no words.
    fn llm_failed(of: &str);
    /// Says that nothing of a customer leaves the house, because of their tag.
    fn llm_kept_within(of: &str, tag: &str);
    /// Says that what is held of a customer may only be kept.
    fn llm_restricted(of: &str);
    /// No words: the endpoint refuses the key.
    fn llm_trouble_key();
    /// No words: the endpoint wants fewer questions.
    fn llm_trouble_busy(seconds: usize);
    /// No words: too many of the house were asked today.
    fn llm_trouble_day(most: usize);
    /// No words: others are being asked for.
    fn llm_trouble_full();
    /// No words: the endpoint took too long.
    fn llm_trouble_slow(seconds: usize);
    /// No words: the endpoint cannot be reached, in its words.
    fn llm_trouble_unreached(why: &str);
    /// No words: the endpoint answers with an error.
    fn llm_trouble_status(status: usize);
    /// No words: what the endpoint answers is none.
    fn llm_trouble_odd(why: &str);
    /// No words: the endpoint answers with nothing.
    fn llm_trouble_empty();
    /// Says what can be done instead.
    fn llm_instead();
    /// Button: let a machine draft.
    fn button_draft();
    /// Button: sum up in a machine's words.
    fn button_in_words();
    /// Why: a machine drafted the answer that left, and who confirmed it.
    fn why_drafted(model: &str, who: &str);
}
