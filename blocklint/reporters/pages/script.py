"""What a page does beyond showing itself: search, filters, keys. It works without."""

SCRIPT = """
"use strict";
(() => {
  const blocks = [...document.querySelectorAll("details.block")];
  const form = document.getElementById("filters");
  const told = document.getElementById("told");
  if (form) {
    const {search, placement, finding} = form.elements;
    const shows = (block) => {
      const words = search.value.toLowerCase().split(/\\s+/).filter(Boolean);
      const data = block.dataset;
      const has = (list, word) => !word || list.split(" ").includes(word);
      const found = finding.value === "any" ? data.rules !== ""
        : finding.value === "none" ? data.rules === ""
        : has(data.rules, finding.value);
      return words.every((word) => data.text.includes(word)) && found
        && has(data.placements, placement.value);
    };
    const apply = () => {
      let count = 0;
      for (const block of blocks) {
        block.hidden = !shows(block);
        count += block.hidden ? 0 : 1;
      }
      told.textContent = count === blocks.length
        ? `All ${count} blocks` : `${count} of ${blocks.length} blocks`;
    };
    const asked = new URLSearchParams(location.search);
    for (const field of [search, placement, finding]) {
      if (asked.has(field.name)) field.value = asked.get(field.name);
      field.addEventListener("input", apply);
    }
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("reset", () => setTimeout(apply));
    for (const button of form.querySelectorAll("button[data-open]")) {
      button.addEventListener("click", () => {
        for (const block of blocks) {
          if (!block.hidden) block.open = button.dataset.open === "yes";
        }
      });
    }
    form.hidden = false;
    apply();
    document.addEventListener("keydown", (event) => {
      const typing = event.target.closest?.("input, select");
      if (event.key === "/" && !typing) {
        event.preventDefault();
        search.focus();
      }
    });
  }
  document.addEventListener("keydown", (event) => {
    const step = {ArrowDown: 1, ArrowUp: -1}[event.key];
    const at = event.target.closest?.("details.block > summary");
    if (!step || !at) return;
    const shown = blocks.filter((block) => !block.hidden);
    const next = shown[shown.indexOf(at.parentElement) + step];
    if (next) {
      event.preventDefault();
      next.querySelector("summary").focus();
    }
  });
  const reveal = () => {
    const target = document.getElementById(location.hash.slice(1));
    for (let at = target; at; at = at.parentElement) {
      if (at.tagName === "DETAILS") at.open = true;
    }
    if (target) target.scrollIntoView();
  };
  addEventListener("hashchange", reveal);
  if (location.hash) reveal();
})();
"""
