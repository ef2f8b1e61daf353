"""Pages for people: templates, and the views that fill them. Views are built from documents alone, and are pure."""
