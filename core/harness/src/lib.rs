//! What a test author imports: workspace, daemon, clients, shell, files.
