// Chooses light or dark before the first paint. Runs in <head>, not deferred.
(function () {
  "use strict";
  let choice = null;
  try { choice = localStorage.getItem("theme"); } catch { /* storage is blocked: follow the system */ }
  if (choice === "light" || choice === "dark") document.documentElement.dataset.theme = choice;
})();
