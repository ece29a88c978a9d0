//! Tests of the commands: what is typed (`parse.txt`), what is shown (`cards/`), and what
//! happens, with a service on a store of its own.

mod house;

mod acting;
mod asking;
mod console;
mod conversing;
mod deadlines;
mod governing;
mod history;
mod keeping;
mod meetings;
mod merging;
mod own;
mod parsing;
mod rating;
mod replying;
mod resting;
mod scopes;
mod seen;
mod selling;
mod surveying;
