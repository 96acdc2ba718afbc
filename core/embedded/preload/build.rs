//! Link options of the client library.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // Constructors of other libraries already make system calls; ours has to run before theirs.
    println!("cargo::rustc-cdylib-link-arg=-Wl,-z,initfirst");
    // Lazy binding would run the dynamic linker inside the signal handler.
    println!("cargo::rustc-cdylib-link-arg=-Wl,-z,now");
}
