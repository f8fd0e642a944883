"""The frame of the back office: home, menu, command palette, search, saved views, drafts, notices."""
