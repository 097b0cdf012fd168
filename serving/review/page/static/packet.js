// The one act of the packet: print it.
document.querySelector("#print").addEventListener("click", () => window.print());
