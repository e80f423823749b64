// On a narrow screen the sidebar lies over the page: choosing a page closes it. Streamlit does so on telephones only.
if (!window.drawerCloses) {
  window.drawerCloses = true; // this script may run again
  document.addEventListener("click", (event) => {
    if (!event.target.closest('[data-testid="stSidebarNavLink"]') || !matchMedia("(max-width: 768px)").matches) return;
    setTimeout(() => {
      // Streamlit may have closed it by then.
      const sidebar = document.querySelector('[data-testid="stSidebar"][data-collapsed="false"]');
      sidebar?.querySelector('[data-testid="stSidebarCollapseButton"] button')?.click();
    });
  });
}
