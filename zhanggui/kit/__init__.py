"""Pure tools: money, regions, clock, states, actor, refusals, live bells, base templates."""
