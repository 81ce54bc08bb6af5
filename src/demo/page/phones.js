// The customers' side of every line: threads as the stand-ins show them, gestures as customers make them.
const LOOK_MS = 1000;
const KINDS = ["text", "photo", "voice", "video", "document", "sticker", "location", "contact"];
const FAULTS = {
  "": "The line works",
  hang: "Next send: no answer",
  cut_after_act: "Next send: cut after it arrived",
  cut_before_act: "Next send: cut before it arrived",
  busy: "Next send: slow down (429)",
  broken: "Next send: error 500",
};

const element = (name, attributes = {}, ...children) => {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
};

async function ask(path, body) {
  const options = body && { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  const answer = await fetch(`/demo/${path}`, options);
  const value = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(value.error ?? value.detail ?? `The demo answered ${answer.status}`);
  return value;
}

function bubble(message, act) {
  const item = element("li", { class: message.mine ? "mine" : "theirs" });
  item.append(message.deleted ? "(deleted)" : message.text || `(${message.kind})`);
  const about = [
    message.kind !== "text" && message.text ? message.kind : "",
    message.file_name ?? "",
    message.edited ? "edited" : "",
    message.reaction ?? "",
  ].filter(Boolean);
  if (about.length) item.append(element("span", { class: "about" }, about.join(" · ")));
  message.buttons.forEach((title, button) => {
    const press = element("button", { type: "button" }, title);
    press.addEventListener("click", () => act("press", { message_id: message.id, button }));
    item.append(press);
  });
  return item;
}

function faultOf(name) {
  if (name === "busy") return { is: "answer", status: 429, headers: [["retry-after", "5"]], body: "{}" };
  if (name === "broken") return { is: "answer", status: 500, body: "{}" };
  return { is: name };
}

function phone(line) {
  const who = element("select", { "aria-label": "Customer" });
  for (const customer of line.customers) who.append(element("option", { value: customer.id }, customer.name));
  const thread = element("ol", { class: "thread", "aria-label": "Messages" });
  const typing = element("div", { class: "typing", "aria-live": "off" });
  const text = element("input", { type: "text", "aria-label": "Message", placeholder: "Write as the customer", autocomplete: "off" });
  const kind = element("select", { "aria-label": "Kind" });
  for (const name of KINDS) kind.append(element("option", { value: name }, name));
  const problem = element("p", { class: "problem", role: "alert", hidden: "" });
  const form = element("form", {}, text, kind, element("button", {}, "Send"));
  const at = (gesture) => `${line.channel}/_control/customers/${encodeURIComponent(who.value)}/${gesture}`;

  const act = async (gesture, body) => {
    problem.hidden = true;
    try {
      await ask(at(gesture), body);
      await look();
      return true;
    } catch (error) {
      problem.textContent = error.message;
      problem.hidden = false;
      return false;
    }
  };

  let drawn = "";
  const look = async () => {
    const { messages, typing: isTyping } = await ask(at("messages"));
    typing.textContent = isTyping ? "The shop is typing…" : "";
    const now = JSON.stringify([who.value, messages]);
    if (now === drawn) return;
    drawn = now;
    thread.replaceChildren(...messages.map((message) => bubble(message, act)));
    thread.scrollTop = thread.scrollHeight;
  };

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const name = who.selectedOptions[0].textContent;
    if (!text.value && kind.value === "text") return;
    if (await act("say", { name, text: text.value, kind: kind.value })) text.value = "";
  });
  who.addEventListener("change", () => look().catch(() => {}));
  form.append(problem);

  const head = element("header", {}, element("h2", {}, line.channel.replace("_", " ")), who);
  if (line.send_path) {
    const fault = element("select", { "aria-label": "What goes wrong" });
    for (const [name, shown] of Object.entries(FAULTS)) fault.append(element("option", { value: name }, shown));
    fault.addEventListener("change", () => {
      if (fault.value) ask(`${line.channel}/_control/faults`, { path: line.send_path, fault: faultOf(fault.value), times: 1 }).catch(() => {});
    });
    form.append(fault);
  }
  document.querySelector("#phones").append(element("section", { class: "phone", "aria-label": line.channel }, head, thread, typing, form));
  const again = () => look().catch(() => {}).finally(() => setTimeout(again, LOOK_MS));
  again();
}

const { lines } = await ask("lines");
lines.forEach(phone);
