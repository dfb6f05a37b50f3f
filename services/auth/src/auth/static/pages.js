// What makes the pages a little better. Everything works without it.

for (const field of document.querySelectorAll('input[type="password"]')) {
  const button = document.createElement("button");
  const name = document.querySelector(`label[for="${field.id}"]`).textContent.toLowerCase();
  button.type = "button";
  button.className = "show";
  const show = (shown) => {
    field.type = shown ? "text" : "password";
    button.textContent = shown ? "Hide" : "Show";
    button.setAttribute("aria-label", `${button.textContent} ${name}`);
  };
  show(false);
  button.addEventListener("click", () => show(field.type === "password"));
  // A password that is shown must not end up in the browser's memory of typed texts.
  field.form.addEventListener("submit", () => show(false));
  field.after(button);
}

for (const form of document.querySelectorAll("form[data-confirm]")) {
  form.addEventListener("submit", (event) => {
    if (!confirm(form.dataset.confirm)) event.preventDefault();
  });
}

// Moments in the reader's own time zone, written as the reader's kind of English does.
const english = navigator.languages.find((one) => one.startsWith("en-")) ?? "en-GB";
const written = new Intl.DateTimeFormat(english, { dateStyle: "long", timeStyle: "short" });
for (const time of document.querySelectorAll("time")) {
  const text = written.format(new Date(time.dateTime));
  if ("moment" in time.dataset) time.textContent = text;
  else time.title = text;
}

// "Last seen" stays true while the page is open. After a day the words change too slowly to matter.
const loaded = Date.now();
const plural = (count, unit) => `${count} ${unit}${count === 1 ? "" : "s"} ago`;
const ago = [...document.querySelectorAll("time[data-ago]")].map((time) => ({ time, ms: Date.parse(time.dateTime) }));
const skew = Number(document.querySelector("[data-now]")?.dataset.now ?? loaded) - loaded;
setInterval(() => {
  for (const { time, ms } of ago) {
    const minutes = Math.floor((Date.now() + skew - ms) / 60000);
    if (minutes >= 1 && minutes < 60) time.textContent = plural(minutes, "minute");
    else if (minutes >= 60 && minutes < 1440) time.textContent = plural(Math.floor(minutes / 60), "hour");
  }
}, 30000);
