// Follows a job on its page: progress as it comes, and the page anew when the phase changes.
"use strict";
const job = document.getElementById("job");
if (job && job.dataset.events) {
  const source = new EventSource(job.dataset.events);
  source.addEventListener("job", (event) => {
    const now = JSON.parse(event.data);
    if (now.phase !== job.dataset.phase) {
      source.close();
      window.location.reload();
      return;
    }
    const progress = now.progress;
    if (!progress) return;
    const bar = document.getElementById("progress");
    let text = progress.stage;
    if (progress.total) {
      bar.max = progress.total;
      bar.value = progress.done || 0;
      text += `: ${progress.done || 0} of ${progress.total} ${progress.unit}`;
    } else {
      bar.removeAttribute("value");
    }
    if (progress.rows) text += `, ${progress.rows} rows`;
    document.getElementById("stage").textContent = text;
  });
}
