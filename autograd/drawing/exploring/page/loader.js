// Unpacks the program of the page and lets the policy decide whether it runs.

(async () => {
  const bytes = Uint8Array.from(atob(document.getElementById("packed").textContent), c => c.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  const program = document.createElement("script");
  program.textContent = await new Response(stream).text();
  document.body.append(program);
})();
