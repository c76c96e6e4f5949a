// The pages work without this; it saves a round trip here and there.
"use strict";

const scenario = document.querySelector("#scenario");
const forms = document.querySelectorAll("[data-scenarios]");
const attributes = document.querySelector("[data-attributes]");
const addAttribute = document.querySelector("[data-add-attribute]");

for (const element of document.querySelectorAll("[data-without-script]")) element.hidden = true;

function showScenario() {
  for (const form of forms) {
    form.hidden = !form.dataset.scenarios.split(" ").includes(scenario.value);
    if (!form.hidden) form.elements.scenario.value = scenario.value;
  }
}

function rowIsFilled() {
  const fields = [...attributes.lastElementChild.querySelectorAll("input")];
  return fields.every((field) => field.value.trim() !== "");
}

function offerAnotherRow() {
  addAttribute.disabled = !rowIsFilled();
}

function addRow() {
  const row = attributes.lastElementChild.cloneNode(true);
  const number = attributes.children.length + 1;
  for (const field of row.querySelectorAll("input")) {
    field.value = "";
    field.removeAttribute("value");
    field.setAttribute("aria-label", field.getAttribute("aria-label").replace(/\d+/, number));
  }
  attributes.append(row);
  row.querySelector("input").focus();
  offerAnotherRow();
}

if (scenario) {
  scenario.addEventListener("change", showScenario);
  showScenario();
}

if (addAttribute) {
  addAttribute.type = "button";
  addAttribute.addEventListener("click", addRow);
  attributes.addEventListener("input", offerAnotherRow);
  attributes.closest("form").addEventListener("reset", () => setTimeout(offerAnotherRow));
  offerAnotherRow();
}

for (const person of document.querySelectorAll("[data-email]")) {
  person.addEventListener("click", (event) => {
    event.preventDefault();
    document.querySelector("#email").value = person.dataset.email;
    document.querySelector("#password").focus();
  });
}
