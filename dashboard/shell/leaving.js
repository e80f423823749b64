// A training is gone once the browser leaves the dashboard or reloads it: it asks first. Back and Forward among our own
// pages do not leave it.
if (!window.asksBeforeLeaving) {
  window.asksBeforeLeaving = true; // this script runs again when there is something to lose
  window.addEventListener("beforeunload", (event) => {
    if (window.trainingToLose) event.preventDefault();
  });
}
