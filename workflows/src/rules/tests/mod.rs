//! Tests of the rules that come with the program, of broken files, and of what holds whatever a
//! file says.

mod world;

mod always;
mod changes;
mod defaults;
mod file;
