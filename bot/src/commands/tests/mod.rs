//! Tests of the commands: what is typed (`parse.txt`), what is shown (`cards/`), and what
//! happens, with a service on a store of its own.

mod house;

mod acting;
mod asking;
mod console;
mod conversing;
mod history;
mod keeping;
mod meetings;
mod merging;
mod parsing;
mod replying;
mod resting;
mod selling;
