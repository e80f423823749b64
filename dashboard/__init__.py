"""What the pages share: colours, pictures, charts and formulas (pure), the session, the engine, panels."""
