// On a narrow screen the sidebar lies over the page: choosing a page closes it. Streamlit does so on telephones only.
const NARROW = "(max-width: 768px)";

export default function () {
  const sidebar = document.querySelector('[data-testid="stSidebar"]');
  const close = (event) => {
    if (!event.target.closest('[data-testid="stSidebarNavLink"]') || !matchMedia(NARROW).matches) return;
    setTimeout(() => {  // Streamlit may have closed it by then
      if (sidebar.dataset.collapsed === "false") {
        sidebar.querySelector('[data-testid="stSidebarCollapseButton"] button')?.click();
      }
    });
  };
  sidebar.addEventListener("click", close);
  return () => sidebar.removeEventListener("click", close);
}
