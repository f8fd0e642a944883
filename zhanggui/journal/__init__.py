"""The daybook: audit lines, `@action`, announcements and their delivery after commit."""
