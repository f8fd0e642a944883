"""The verbs of the room: views, drafts and looks of one person."""
